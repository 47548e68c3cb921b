"""Words of French that a full stop shortens, by what may follow them; and words that begin sentences, never names."""

# ruff: noqa: SIM905 - columns of words are easier to read and to extend than quoted lists

NEVER_LAST = frozenset(
    """
    Ft MM Mme Mmes Mlle Mlles Melle Dr Drs Pr Prs Me Mes Mgr Mgrs St Ste Sts Stes Prof Vve Mr Mrs Ms Messrs cf
    Cf conf c.-à-d c-à-d c.à.d c.-à.-d i.e e.g p.ex Tél tél téléc apr loc op
    """.split()
)
"""Always followed by what they introduce, so never the end of a sentence."""

BEFORE_NUMBER = frozenset(
    """
    art arts al chap vol vols fig figs tab tabl sect liv tit ann par § §§ pp nos no n° nº num réf réfs fol ff ll
    pl ill min max moy dép dépt env janv jan févr fév avr juill juil sept oct nov déc lun ven sam dim sc app
    """.split()
)
"""Followed by a number, a Roman numeral or the letter of a statute; before a capitalised word the sentence ends."""

BEFORE_NAME = frozenset(
    """
    gén gal col cdt cap lt sgt adj maj brig cne ltn amb sén dép prés min prof dr pr mgr me abbé R.P av bd boul
    rte fg imp ex éd ed éds eds rééd trad coll dir préf introd suppl univ hab env vs ibid id cit ss sq sqq cass
    civ crim soc com bull req ass plén trib arr jur obs adm cons dipl inc ltd co corp bros cie jr sr ets éts Sté
    J.-C JC Ph.D th ch ph fr cl gh chr kr al
    """.split()
)
"""Mostly inside a sentence, before a name, but also at its end: the next word decides."""

UNITS_BEFORE_NUMBER = frozenset({"h", "min", "mn", "m"})
"""After a number they end a sentence like any word, unless a number goes on with the time: "8 h. 30"."""

WORDS_OF_ONE_LETTER = frozenset("aàyô")

LABELS = frozenset(
    """
    vitamine vitamines plan hépatite groupe catégorie classe type lettre point bloc série annexe option zone
    niveau bâtiment poule ligue division équipe vaccin virus grippe formule modèle volet porte quai section
    """.split()
)
"""Nouns that a single capital names ("plan B"): that capital is no initial."""

MARKED_NAMES = frozenset({"Yahoo", "Jeopardy", "Wham", "Panique"})
"""Names written with an exclamation mark."""

STARTERS = frozenset(
    """
    Il Ils Elle Elles On Je Tu Nous Vous Ce Ces Cet Cette Cela Ceci Ça Ceux Celui Celle Celles Un Une Le La Les
    Des Du De Au Aux Mon Ma Mes Ton Ta Tes Son Sa Ses Notre Nos Votre Vos Leur Leurs Mais Et Ou Or Donc Car Ni
    Puis Ensuite Enfin Alors Ainsi Aussi Cependant Pourtant Toutefois Néanmoins Si Comme Quand Lorsque Lorsqu
    Puisque Puisqu Quoique Quoiqu Que Qu Qui Quoi Dont Où Pourquoi Comment Combien Quel Quelle Quels Quelles En
    Dans Sur Sous Par Pour Avec Sans Chez Vers Entre Selon Depuis Pendant Durant Après Avant Dès Contre Malgré
    Outre Parmi Jusque Jusqu Hors Sauf Afin Parce À A Y Tout Tous Toute Toutes Chaque Plusieurs Certains
    Certaines Aucun Aucune Quelques Beaucoup Peu Trop Très Plus Moins Même Autre Autres Deux Trois Quatre Cinq
    Six Dix Cent Mille Aujourd Hier Demain Maintenant Désormais Déjà Encore Toujours Jamais Souvent Parfois
    Bientôt Soudain Ici Là Voici Voilà Oui Non Ne N D L C J S T M Rien Personne Est Était Sont Soit Faut
    Ailleurs Autant Bien Bref Certes Actuellement Finalement Heureusement Malheureusement Évidemment Seulement
    Seul Seule Seuls Voir Lire Notamment Lors
    """.split()
)
"""Words that begin sentences and are no names; a capital on one of them after an abbreviation means a new sentence."""

ELIDED = frozenset(
    """
    L D C J S N M T Qu Jusqu Lorsqu Puisqu Quoiqu Aujourd
    """.split()
)
"""Starters only before an apostrophe."""

PARTICLES = frozenset(
    """
    Le La Les De Du Des L D A Un
    """.split()
)
"""Starters that also begin family names ("J. Le Goff"): a new sentence only where the word after them is lower case."""
