"""What the pages say, in every language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    verify_title: str
    verify_text: str
    verify_button: str
    verified: str
    reset_title: str
    password: str
    password_rules: str
    reset_button: str
    reset_done: str
    dead_link: str
    weak: str
    used_before: str
    try_again: str


WORDS = {
    "en": Words(
        verify_title="Confirm your e-mail address",
        verify_text="One click, and your address is confirmed.",
        verify_button="Confirm",
        verified="Your e-mail address is confirmed. You can close this page.",
        reset_title="Choose a new password",
        password="New password",
        password_rules="At least 8 characters, with upper and lower case, a digit and a special character.",
        reset_button="Save the password",
        reset_done="Your password is changed. Log in with it; every other session has ended.",
        dead_link="This link is not valid any more. Ask for a new one.",
        weak="This password is too weak or too well known. Choose another.",
        used_before="You have used this password before. Choose another.",
        try_again="That did not work just now. Try again in a moment.",
    ),
    "ru": Words(
        verify_title="Подтвердите адрес электронной почты",
        verify_text="Одно нажатие — и адрес подтверждён.",
        verify_button="Подтвердить",
        verified="Адрес электронной почты подтверждён. Страницу можно закрыть.",
        reset_title="Выберите новый пароль",
        password="Новый пароль",
        password_rules="Не менее 8 символов: заглавная и строчная буквы, цифра и специальный символ.",
        reset_button="Сохранить пароль",
        reset_done="Пароль изменён. Войдите с новым паролем; все остальные сеансы завершены.",
        dead_link="Эта ссылка больше не действует. Запросите новую.",
        weak="Этот пароль слишком простой или слишком известный. Выберите другой.",
        used_before="Вы уже использовали этот пароль. Выберите другой.",
        try_again="Сейчас не получилось. Повторите попытку чуть позже.",
    ),
    "uz": Words(
        verify_title="Elektron pochta manzilingizni tasdiqlang",
        verify_text="Bir marta bosing — manzil tasdiqlanadi.",
        verify_button="Tasdiqlash",
        verified="Elektron pochta manzilingiz tasdiqlandi. Sahifani yopishingiz mumkin.",
        reset_title="Yangi parol tanlang",
        password="Yangi parol",
        password_rules="Kamida 8 ta belgi: katta va kichik harf, raqam va maxsus belgi bilan.",
        reset_button="Parolni saqlash",
        reset_done="Parol o‘zgartirildi. Yangi parol bilan kiring; boshqa barcha seanslar yakunlandi.",
        dead_link="Bu havola endi yaroqsiz. Yangisini so‘rang.",
        weak="Bu parol juda oddiy yoki juda mashhur. Boshqasini tanlang.",
        used_before="Bu paroldan avval foydalangansiz. Boshqasini tanlang.",
        try_again="Hozir bajarilmadi. Birozdan keyin qayta urinib ko‘ring.",
    ),
    "ar": Words(
        verify_title="تأكيد عنوان بريدك الإلكتروني",
        verify_text="نقرة واحدة ويتم تأكيد عنوانك.",
        verify_button="تأكيد",
        verified="تم تأكيد عنوان بريدك الإلكتروني. يمكنك إغلاق هذه الصفحة.",
        reset_title="اختر كلمة مرور جديدة",
        password="كلمة المرور الجديدة",
        password_rules="8 أحرف على الأقل، مع حرف كبير وحرف صغير ورقم ورمز خاص.",
        reset_button="حفظ كلمة المرور",
        reset_done="تم تغيير كلمة المرور. سجّل الدخول بها؛ وقد انتهت جميع الجلسات الأخرى.",
        dead_link="لم يعد هذا الرابط صالحًا. اطلب رابطًا جديدًا.",
        weak="كلمة المرور هذه ضعيفة أو معروفة جدًا. اختر غيرها.",
        used_before="سبق أن استخدمت كلمة المرور هذه. اختر غيرها.",
        try_again="لم ينجح ذلك الآن. حاول مرة أخرى بعد قليل.",
    ),
    "hi": Words(
        verify_title="अपने ईमेल पते की पुष्टि करें",
        verify_text="एक क्लिक, और आपके पते की पुष्टि हो जाएगी।",
        verify_button="पुष्टि करें",
        verified="आपके ईमेल पते की पुष्टि हो गई है। आप यह पेज बंद कर सकते हैं।",
        reset_title="नया पासवर्ड चुनें",
        password="नया पासवर्ड",
        password_rules="कम से कम 8 वर्ण: बड़ा और छोटा अक्षर, एक अंक और एक विशेष चिह्न।",
        reset_button="पासवर्ड सहेजें",
        reset_done="आपका पासवर्ड बदल गया है। इससे लॉग इन करें; बाकी सभी सत्र समाप्त हो गए हैं।",
        dead_link="यह लिंक अब मान्य नहीं है। नया लिंक माँगें।",
        weak="यह पासवर्ड बहुत कमज़ोर या बहुत प्रचलित है। कोई दूसरा चुनें।",
        used_before="आप यह पासवर्ड पहले इस्तेमाल कर चुके हैं। कोई दूसरा चुनें।",
        try_again="अभी यह नहीं हो पाया। थोड़ी देर में फिर कोशिश करें।",
    ),
}
