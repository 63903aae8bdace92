# In a file of its own: its parse functions hand their block back to Ren'Py.
python early:
    def parse_scene_of(l):
        l.require(":")
        l.expect_eol()
        return l.subblock_lexer().renpy_block()

    renpy.register_statement("scene of", parse=parse_scene_of, block=True)
