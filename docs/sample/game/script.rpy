# The sample story that scripts/demo opens. Edit it, save it, and watch PILOT follow.

define config.name = "The Lighthouse"

define m = Character("Mara")
define k = Character("The keeper")

default trust = 0
default has_lamp = False

label start:

    scene bg shore

    "The storm throws you onto the rocks below the lighthouse."
    k "Up here! Quickly, before the next wave!"

    menu:
        "Climb towards the voice":
            $ trust += 1
            jump stairs

        "Search the wreck for the lamp":
            $ has_lamp = True
            jump wreck

label wreck:

    "The hull groans. Between the planks lies the ship's lamp, still dry."
    m "You are coming with me."

label stairs:

    "The door is heavy. Inside it smells of oil and bread."
    call supper from _call_supper

    menu:
        k "Tell me, why did you sail tonight?"

        "The truth":
            $ trust += 1
            jump truth

        "A story":
            jump story

        "Light the lamp instead of answering" if has_lamp:
            jump signal

label supper:

    k "Eat first. Talk afterwards."
    m "Thank you."
    return

label truth:

    m "I was looking for my brother. His ship passed here a year ago."
    if trust > 1:
        k "I know the name. I wrote it in the book."
        jump reunion
    k "Many ships pass here."
    jump dawn

label story:

    m "The wind, that is all."
    "The keeper looks at you for a long time, then at the sea."
    jump dawn

label signal:

    "Far out, a second light answers yours."
    jump reunion

label reunion:

    "Two days later a boat lands, and your brother stands in it."
    "{b}Ending: the second light{/b}"
    return

label dawn:

    "In the morning the sea is flat and the road inland is dry."
    "{b}Ending: the road inland{/b}"
    return
