init offset = -2
init 3 python early hide in store.x:
    def parse(l):
        return l.subblock_lexer().renpy_block()
    renpy.register_statement("chapter", parse=parse, next=nxt, block="script", init=True)
init:
    image eileen happy = "eileen.png"
transform move(x=1):
    linear 1.0 xpos x
screen picker(n):
    tag menu
    use other
    textbutton _("Go") action [Jump("end"), Show("x"), Return(1)]
    $ y = 1
style button is default:
    xalign 0.5
translate french start_1:
    e "Bonjour."
translate french strings:
    old "One"
    new "Un"
translate french python:
    z = 1
testcase default:
    click "Start"
rpy monologue single
#file
chapter one "two":
    label chapter_one:
        "x"
        menu:
            "a":
                jump chapter_one
            "b":
                pass
