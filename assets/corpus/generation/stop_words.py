"""The commonest function words of languages in Latin script: they carry no content, and tell the languages apart.

Articles, pronouns, prepositions, conjunctions and auxiliaries, written down from the grammars' closed classes.
"""

_LISTS = {
    "English": (
        "the a an and or but nor if then than that this these those of in on at by for from to into onto with without within as is are "
        "was were be been being am it its he she they them their his her we us our you your i my me do does did done has have had having "
        "can could may might must shall should will would not no so such there here when where while who whom whose which what why how "
        "also only just both either neither each every any some all because since until unless whether about over under between during "
        "before after above below up down out off again once too very more most other another same own"
    ),
    "German": (
        "der die das den dem des ein eine einen einem einer eines und oder aber wenn dann als dass dieser diese dieses von im in an am "
        "auf bei für aus zu zum zur mit ohne wie ist sind war waren sein wird werden wurde es er sie ihr wir uns nicht kein keine auch "
        "nur sich kann können muss müssen soll durch nach vor über unter zwischen bis weil ob was wer wo welche welcher"
    ),
    "French": (
        "le la les un une des du de et ou mais si que qui quoi dont où ce cet cette ces dans sur par pour avec sans sous est sont était "
        "être été il elle ils elles nous vous je ne pas plus aussi se sa son ses leur leurs au aux comme quand lorsque peut doit a ont "
        "fait afin entre après avant chaque tout tous"
    ),
    "Spanish": (
        "el la los las un una unos unas y o pero si que quien cual donde cuando como de del en por para con sin sobre es son era ser "
        "está están fue se su sus lo le les no más también este esta estos estas ese esa al entre hasta desde puede debe ha han cada "
        "todo todos"
    ),
    "Italian": (
        "il lo la i gli le un uno una e o ma se che chi cui dove quando come di del della dei delle dello in nel nella su sul sulla per "
        "con senza è sono era essere stato non più anche questo questa questi queste si suo sua loro al alla ai da dal dalla tra fra può "
        "deve ha hanno ogni tutto tutti"
    ),
    "Portuguese": (
        "o a os as um uma uns umas e ou mas se que quem onde quando como de do da dos das em no na nos nas por para com sem sobre é são "
        "era ser está foi não mais também este esta estes estas isso ao à entre até desde pode deve tem cada todo todos seu sua"
    ),
    "Dutch": (
        "de het een en of maar als dan dat die deze dit van in op aan bij voor uit naar te met zonder door is zijn was waren wordt worden "
        "werd hij zij ze wij we niet geen ook alleen zich kan kunnen moet moeten zal na over onder tussen tot omdat wat wie waar welke "
        "er hun"
    ),
}
STOP_WORDS = {language: frozenset(listed.split()) for language, listed in _LISTS.items()}
