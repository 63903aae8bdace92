label 窓:
    主人公 笑顔 "こんにちは、　世界。"
    "Two
    lines." # 注釈
    menu 選択:
        "はい" if 好感度 >= 3:
            $ 好感度 += 1
            jump 終わり
        "いいえ":
            pass
    $ x = (1,
        2)

label 終わり:
    """一行目。

    二行目。"""
    return

screen 画面(x, y=1):
    tag menu
    textbutton _("行く") action Jump("終わり")
style 字 is default:
    size 12
style button_text clear
testcase 試し:
    "はい"
    "x" pos (1, 2)
translate None strings:
    old "a"
    new "b"
    # comment
    old "c\n" "d"
    new "e"
translate french 窓_abc:
    主人公 "Bonjour."
translate french python:
    z = 1
translate french style 字:
    size 20
