label a
    "x
    e "y"
  "mismatch"
	jump (
label b:
    if x
        "colon"
    else
        pass
    menu:
    bogus thing "z":
        "inside"
    $ f(1, [2, {3
label a:
    call nowhere
    return)
