"""The languages that a rule can tell apart, by ISO 639-1 code: those of the py3langid model that have one. Pure data.

``no`` is Norwegian as most write it (Bokmål), ``zh`` Chinese of any script.
"""

_TABLE = """
af Afrikaans; am Amharic; an Aragonese; ar Arabic; as Assamese; az Azerbaijani; ba Bashkir; be Belarusian;
bg Bulgarian; bn Bengali; br Breton; bs Bosnian; ca Catalan; cs Czech; cy Welsh; da Danish; de German; dz Dzongkha;
el Greek; en English; eo Esperanto; es Spanish; et Estonian; eu Basque; fa Persian; fi Finnish; fo Faroese; fr French;
fy Frisian; ga Irish; gd Gaelic; gl Galician; gu Gujarati; ha Hausa; he Hebrew; hi Hindi; hr Croatian; ht Haitian;
hu Hungarian; hy Armenian; id Indonesian; ig Igbo; is Icelandic; it Italian; ja Japanese; jv Javanese; ka Georgian;
kk Kazakh; km Khmer; kn Kannada; ko Korean; ku Kurdish; ky Kyrgyz; la Latin; lb Luxembourgish; lg Ganda; ln Lingala;
lo Lao; lt Lithuanian; lv Latvian; mg Malagasy; mk Macedonian; ml Malayalam; mn Mongolian; mr Marathi; ms Malay;
mt Maltese; my Burmese; ne Nepali; nl Dutch; nn Nynorsk; no Norwegian; oc Occitan; om Oromo; or Odia; pa Punjabi;
pl Polish; ps Pashto; pt Portuguese; qu Quechua; ro Romanian; ru Russian; rw Kinyarwanda; sa Sanskrit; se Sami;
si Sinhala; sk Slovak; sl Slovenian; sn Shona; so Somali; sq Albanian; sr Serbian; st Sotho; sv Swedish; sw Swahili;
ta Tamil; te Telugu; tg Tajik; th Thai; tk Turkmen; tl Tagalog; tr Turkish; tt Tatar; ug Uyghur; uk Ukrainian;
ur Urdu; uz Uzbek; vi Vietnamese; vo Volapük; wa Walloon; xh Xhosa; yo Yoruba; zh Chinese; zu Zulu
"""

LANGUAGES = {code: name for code, _, name in (entry.strip().partition(" ") for entry in _TABLE.split(";"))}
"""Code to English name."""
