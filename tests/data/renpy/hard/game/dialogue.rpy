# Dialogue as it is wrapped for translation: every identifier must be Ren'Py's own.
define dd = Character("Dee", image="dd")

label dialogue_start(number=1):
    "The same line."
    "The same line."
    voice "one.ogg"
    dd "With a voice."
    voice   'two.ogg'
    voice sustain
    dd happy "With two."
    voice "trailing spaces.ogg"   
    dd "They are in its identifier."
    voice "a comment.ogg"  # and the spaces before it are too
    dd "So is this one."
    dd -sad @ vhappy laughing "Once only."
    dd "Quotes \"in\" it,  two spaces,   three, and a \\ backslash." (what_color = "#f00",  multiple=2 ) with   dissolve
    dd "Arguments." (*[1, 2], **{ 'a' : "b, c" })
    dd "Arguments again." ( 1 , "x)",  name="( ,") nointeract
    "A narrator" "says  this."
    "Named." id dialogue_named
    "Empty brackets." ()
    "Tab	and\nnew line and {b}tags{/b} and [number!t]."
    "「日本語」　と 한국어"
    voice "lost.ogg"
    $ number += 1
    nvl clear
    dd "After nvl clear."
    if number:
        voice "at the end of a block.ogg"
    else:
        "In else."
    while False:
        "In while."
    menu dialogue_menu:
        dd "In a menu?"
        "Yes":
            "Yes it is."
        "No" if number > 3:
            call .part from dialogue_called
            "After a call with from."
    jump _dialogue_other

label .part:
    "In a local label."
    return

label _dialogue_other:
    "Under a label with an underscore."
    "The same line."

label dialogue_hidden hide:
    "Hidden labels name nothing."
    return

label dialogue_end:
    """
    A monologue.

    {clear}

    Its end.
    """
    return

translate french dialogue_named:
    "Nommé."

translate french dialogue_start_nothing_like_it:
    "Rien."

translate french dialogue_twice:
    "Once."

translate french dialogue_twice:
    "Again, and this one holds."

label dialogue_more:
    "Translated twice." id dialogue_twice
    return
