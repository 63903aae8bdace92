define e = Character("Eileen", color="#c8ffc8")
default points = 0
default flags = [ ]
define config.name = _("A Seed")

label start:
    scene bg room with fade
    show eileen happy at left, right as e behind x zorder 3 onlayer master with dissolve
    e happy @ -sad "Hello, [__name] {b}world{/b}. {a=jump:end}link{/a}" (what_size=3) with dissolve id start_1
    "Eileen" "Two strings."
    """
    A monologue.

    {clear}

    In two parts.
    """
    menu ask(1, 2):
        set flags
        e "What now?"
        "Caption"
        "One" (x=1) if points > 3:
            $ points += 1; flags.append("one")
            jump ask
        "Two" if not points:
            call sub(1, y=2) from _call_sub
            call expression "sub" pass (2)
        "Three":
            jump expression target
    if points == 1:
        pass
    elif points > 1 and True:
        return points
    else:
        while points < 3:
            $ points = points + 1
    jump end

label sub(a, b=2, *args, **kwargs) hide:
    python hide in other:
        x = y = 1
        if a:
            renpy.jump("end")
    call screen picker(1)
    return

label end:
    $ renpy.quit()

label .local:
    jump start.none
