define e = Character("Eileen", color="#c8ffc8", who_suffix=":")
define 5 gui.deep.name = { "a" : [ 1,
    2 ], # a comment ( in brackets
    "b" : (3) }
define config.keymap["x"] += [ "y" ]
default persistent.seen = set()
default -3 points=0
init offset = 7
define late = """three
  "quotes" # no comment
"""
init offset = -2
image eileen happy = "eileen.png"
image side eileen-b 01:
    "a.png"
    pause .5
    repeat
transform move(x=1, y = f(2, "a,b")):
    linear 1.0 xpos x ypos y
transform -3 moved_early:
    xpos 1
init:
    $ a = 1
    define in_init = 2
    image b = "c"
init -3 python hide:
    x = """
deep
    """
    def f(a,
          b):
        return a
init 4 python in store_x:
    y = 1
init label before_all:
    pass
label start(a, b=2, *args, **kwargs) hide:
    scene
    scene bg room with fade
    scene onlayer overlay
    scene expression "bg %d" % 1 as bg onlayer master zorder 3 behind a, b at left, right(1) with Dissolve(.5)
    show eileen happy -sad at left
    show eileen:
        xpos 1
    show expression x.y[1]("z") as w
    show layer master at move(1, 2)
    camera at move
    camera master:
        xpos 1
    hide eileen happy onlayer master with dissolve
    with None
    "Narration with \"escapes\", \n a new line, \\ a backslash, \[brackets] and \{braces} and 100\%."
    "Spaces    run
     together   over
     lines."
    e "Plain." with dissolve
    e happy "Attribute."
    e -happy sad @ tmp -other "Temporary." (what_size=1, *args) id start_abc
    "A name" "in quotes."
    'single' 'quotes it\'s'
    `back quotes`
    e r"raw \n text"
    e.get(1)["x"](y) "An expression speaks."
    extend " more" nointeract
    e """
    A monologue has
    several lines.


    {clear}

    And several   paragraphs, \"escaped\".
    """
    rpy monologue single
    e '''
    One line.

    Two lines.
    '''
    rpy monologue double
    '''One \
    more.

    Last.'''
    $ points += 1; flags = "a;b" # comment
    $ renpy.say(e, "x",
        interact=True)
    python hide in other:
        a = [ i for i in range(10)
              if i ]

        if a:
            b = 1
    play music "a.ogg" fadein 1.0 loop
    play sound [ "a", "b" ]
    queue music "b.ogg"
    stop music fadeout 1
    voice "a.ogg"
    voice sustain
    window show dissolve
    window hide
    window auto
    nvl clear
    pause
    pause 1.0
    show screen say_more(1, 2)
    call screen picker(x, y=1) with dissolve
    hide screen say_more
    part one "Title":
        "in a part"
        part two:
            "in a part of a part"
    note well this:
        anything at (all,
            over lines)
        "and" more
            deeper
    ring ring ring
    bell
    scene of:
        "in a scene of"
        jump .there
    jump .there

label .there:
    call .here(1, b=(2, ")")) from _there
    call start.here
    call expression "start" + ".here" pass (x) from .back
    call expression name
    jump expression ("x" if y else z).w

label start.here:
    menu:
        "What now?"

        "Go on.":
            pass

        "Stay." if points > 1 and f(":", '"') or x[1:2]:
            menu ask(1, screen="x"):
                set seen
                with dissolve
                e happy "Really?" (x=1)
                "Yes" (icon="y", z=f(1)) if True:
                    jump ask
                "No":
                    return points + 1
        "":
            pass
        "Last":
            pass
    if points == 1 or \
            points == 2:
        pass
    elif (points ==
            3):
        pass
    elif not x: # comment
        pass
    else:
        while points < 10 and True:
            $ points += 1
            if points:
                return

    return
label __private:
    jump __private
    "[__mine] [[__not] [a.__b] __c"
menu named:
    "a":
        label inside:
            "b"
            label .inner:
                pass
        jump .inner
label named.other:
    pass
