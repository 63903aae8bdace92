python early:
    def parse_part(l):
        what = l.rest()
        return what

    def parse_note(l):
        l.rest()
        return l.subblock_lexer().text

    def parse_stage(l):
        l.require(":")
        l.expect_eol()
        ll = l.subblock_lexer()
        return ll.renpy_block()

    def parse_rest(l):
        return l.rest()

    def next_part(data, first):
        return first

    renpy.register_statement("part", parse=parse_part, next=next_part, block="script")
    renpy.register_statement(
        name="note well",
        parse=parse_note,
        block=True)
    renpy.register_statement("ring", parse=parse_rest, init=True)
    renpy.register_statement('bell', parse=parse_rest, post_execute=parse_rest)
