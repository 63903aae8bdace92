# Parse functions that go through their block line by line and let Ren'Py read parts of it.
python early hide:
    def a_block(l):
        return l.renpy_block(empty=True)

    def parse_any(l):
        l.require(":")
        l.expect_eol()
        found = []
        ll = l.subblock_lexer()
        while ll.advance():
            with ll.catch_error():
                weight = 1.0
                if ll.keyword("weight"):
                    weight = float(ll.require(ll.float))
                if ll.keyword('quietly'):
                    weight = -weight
                found.append((weight, ll.renpy_statement()))
        return found

    def items(l):
        found = []
        while l.advance():
            if l.keyword('only'):
                found.append(l.require(l.simple_expression))
                l.expect_eol()
                l.expect_noblock('only')
                continue
            state = l.checkpoint()
            try:
                text = l.string()
                if not text:
                    raise Exception()
                if l.keyword('if'):
                    l.require(l.python_expression)
                l.require(':')
                l.expect_eol()
                found.append((text, a_block(l.subblock_lexer())))
                continue
            except Exception:
                l.revert(state)
            found.append(l.renpy_statement())
        return found

    def parse_timed(l):
        l.require(":")
        l.expect_eol()
        l.expect_block("timed")
        return items(l.subblock_lexer())

    def parse_cases(l):
        l.require(":")
        ll = l.subblock_lexer()
        found = []
        while not ll.eob:
            if ll.line < 0:
                ll.advance()
            name = ll.require(ll.name)
            ll.require(":")
            found.append((name, ll.subblock_lexer().renpy_block()))
            ll.advance()
        return found

    def parse_perhaps(l):
        if l.match(":"):
            return l.subblock_lexer().renpy_block()
        return l.rest()

    renpy.register_statement("any of", parse=parse_any, block=True)
    renpy.register_statement("timed", parse=parse_timed, block=True, post_execute=parse_any)
    renpy.register_statement("cases", parse=parse_cases, block=True)
    renpy.register_statement("perhaps", parse=parse_perhaps, block="possible")
    renpy.register_statement("early bird", parse=parse_perhaps, init=True, init_priority=-7)
