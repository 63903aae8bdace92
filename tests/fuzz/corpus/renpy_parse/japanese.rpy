label start:
    主人公 "こんにちは、　世界。"
    "これは\
長い
文です。"
    menu:
        "はい":
            jump 終わり
        "いいえ" if 好感度 >= 3:
            $ 好感度 += 1
label 終わり:
    return
