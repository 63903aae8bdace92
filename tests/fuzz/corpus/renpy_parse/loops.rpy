label start:
    call a
    call a
    jump hub
label a:
    call b
    call b
    return
label b:
    call a
    while True:
        menu:
            "x":
                return
            "y":
                pass
label hub:
    menu:
        "1":
            jump hub
        "2":
            call start
        "3" if False:
            pass
