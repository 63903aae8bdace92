early bird
label parts:
    any of:
        "One."
        weight 2.0 e "Two."
        weight .5 quietly jump parts
        quietly voice "a.ogg"
        e "A part of its own, without the voice."
        weight 1 if points:
            "Three."
            "Four."
        else:
            "Five."
        timed:
            only points + 1
            voice "b.ogg"
            e "In time."
            "Choice":
                voice "c.ogg"
                e "Chosen."
                jump parts
            "Other" if points > 1:
                any of:
                    "Six."
            if points:
                "Not a choice."
    cases:
        first:
            "Seven."
            "Eight."
        second:
            "Nine."
    perhaps
    perhaps:
        "Ten."
    "After all."
