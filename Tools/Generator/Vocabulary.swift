/// The words events are made of, and sentences made of the words once, by the seed. Never changes: copies of a
/// generator share it.
final class Vocabulary: Sendable {
    /// Sentences of about 40 to 110 bytes, JSON-escaped; some hold quotes, line breaks and letters beyond ASCII.
    let sentences: TextPool
    /// Three to six words, at most 78 UTF-16 units.
    let phrases: TextPool

    let firstNames = TextPool(
        """
        Anna|Ben|Chiara|David|Elena|Farid|Greta|Hugo|Ines|Jonas|Kira|Liam|Mara|Noah|Olga|Pavel|Quinn|Rosa|Samir|Tara|\
        Ugo|Vera|Wim|Xenia|Yusuf|Zoe|Amara|Bruno|Carla|Dmitri|Emma|Felix|Gita|Hanna|Ivan|Julia|Kofi|Lena|Marco|Nadia
        """)
    let lastNames = TextPool(
        """
        Lindqvist|Müller|García|Okafor|Tanaka|Novák|Rossi|Dubois|Østergård|Kowalski|Silva|Haddad|Ivanova|Jansen|Kim|\
        Larsen|Mbeki|Nguyen|O'Brien|Patel|Quiroga|Rahman|Sato|Þórsson|Umarov|Varga|Weiss|Xu|Yılmaz|Zeller
        """)
    let places = TextPool(
        """
        San Francisco, CA|Berlin|São Paulo|Nairobi|Tōkyō|Zürich|London|Lisboa|Bengaluru|Toronto|Kraków|Lagos|Seoul|\
        Paris|Montréal|Cape Town|Wien|Helsinki|Buenos Aires|Melbourne
        """)
    let tags = TextPool(
        """
        physics|quantum|writing|travel|recipes|swift|databases|music|history|fitness|design|startups|español|python|\
        best-practices|gardening|chess|language|teaching|finance
        """)
    let providers = TextPool("openai|anthropic|gemini|cohere|mistral|xai|huggingface|groq")
    let models = TextPool("large-2|sonnet-4|mini-8b|pro-1.5|chat-70b|turbo-3")
    let specialties = TextPool(
        "Physics & Science|Cooking|Travel|Law|Career|Poetry|Fitness|Mathematics|History|Gardening")
    let agentCategories = TextPool(
        "Companion|Business|Entertainment|Home & Lifestyle|Education|Health & Wellness|Creative|Technology")
    let modes = TextPool("professional|balanced|creative|fast|coding")
    let postCategories = TextPool("general|agents|ideas|help|announcements|tutorials")
    let postTypes = TextPool("discussion|question|announcement|tutorial|showcase")
    let experimentTypes = TextPool(
        """
        battle-arena|dream-analysis|emotion-analysis|future-prediction|image-generation|music-generation|neural-art|\
        personality-analysis|story-generation|voice-generation
        """)
    let pointReasons = TextPool("daily-login|helpful-answer|answer-accepted|survey|invited-friend|streak")
    let achievements = TextPool(
        """
        First Conversation|Night Owl|Autobiographer|Explorer|Helping Hand|Century|Polyglot|Curious Mind|Good Company|\
        Storyteller|Early Bird|Deep Diver
        """)
    let rewards = TextPool(
        """
        premium_agent_access|extra_tokens|profile_badge|theme_pack|early_access|coffee_voucher|double_points|\
        custom_avatar|lab_hours|sticker_set|priority_queue|beta_ticket|gift_month|song_credits|art_credits|mentor_call
        """)
    /// In the order of `ActivityTerms.all`.
    let activities = TextPool(
        """
        daily_visit|weekly_recap|monthly_review|welcome_gift|streak_keeper|helper_of_the_week|survey_taker|silver_thanks
        """)
    let definitionTypes = TextPool("activity|milestone|social|subscription")
    let definitionCategories = TextPool("engagement|learning|social|achievement")
    let languages = TextPool("en|de|fr|es|pt|ja|sv|pl")
    let timezones = TextPool("UTC|Europe/Berlin|America/Los_Angeles|Asia/Tokyo|Africa/Nairobi|America/Sao_Paulo")
    let themes = TextPool("dark|light|system")
    let currencies = TextPool("USD|EUR|GBP")
    let registrationSources = TextPool("website|email|social|partner")
    let items = TextPool("Token pack|Lab credits|Voice pack|Course: prompts|Sticker set|Annual report")

    let projectTemplates = TextPool("blank|research|brainstorm|planning|education")
    let fileNames = TextPool("outline.md|sketch.svg|notes.txt|budget.csv|storyboard.png|timeline.json|prototype.html")
    let jobTitles = TextPool(
        """
        AI Engineer|Backend Engineer|Product Designer|Data Scientist|Support Specialist|Technical Writer|\
        Site Reliability Engineer|Community Manager|Mobile Engineer|Marketing Lead|Research Scientist|Translator
        """)
    let departments = TextPool("Engineering|Design|Research|Support|Marketing|Operations")
    let employmentTypes = TextPool("full-time|full-time|full-time|part-time|contract|internship")
    let companies = TextPool("Tech Corp|Nordlicht GmbH|Acme Ltd|Oficina Azul|Kitano KK|Bright & Sons|Polder BV|Initech")
    let workAuthorizations = TextPool("US Citizen|EU Citizen|Permanent Resident|Work Visa|Needs Sponsorship")
    let contactCategories = TextPool("general|technical|billing|feature|bug|account")
    let ticketCategories = TextPool("account|billing|technical|feature|bug|integration")
    let priorities = TextPool("low|medium|high|critical")
    let files = TextPool("screenshot|log|invoice|recording|trace")
    let industries = TextPool("Software|Healthcare|Finance|Education|Retail|Energy|Media|Public sector")
    let skills = TextPool("writing|SQL|Python|Swift|UX design|negotiation|statistics|teaching|marketing|accounting")
    let visibilities = TextPool("public|public|private|friends")
    let pages = TextPool("/|/agents|/agents/einstein|/community|/pricing|/lab|/jobs|/webinars|/settings|/support")
    let browsers = TextPool("Firefox|Chrome|Safari|Edge")
    let systems = TextPool("Linux|Windows|macOS|Android|iOS")
    let devices = TextPool("desktop|mobile|tablet")
    let clicks = TextPool("start_chat|subscribe|share|open_menu|download|register")
    /// Of the categories in turn.
    let tools = TextPool(
        """
        api-tester|json-formatter|regex-tester|hash-generator|url-encoder|dns-lookup|csv-converter|uuid-generator|\
        password-checker|meta-tag-checker
        """)
    let toolCategories = TextPool("network|data|developer|security|web")

    private static let words = TextPool(
        """
        the|a|of|and|to|in|that|it|with|for|as|on|by|this|from|one|we|can|more|how|what|when|why|which|about|could|\
        model|answer|question|energy|light|system|pattern|reason|number|story|garden|river|engine|market|letter|method|\
        signal|memory|window|teacher|journey|balance|measure|problem|example|detail|summer|winter|morning|evening|\
        simple|clear|slow|quick|bright|careful|strange|useful|small|large|early|open|quiet|honest|modern|ancient|\
        explains|describes|suggests|changes|follows|keeps|builds|returns|compares|improves|shows|needs|helps|means|\
        quantum|gravity|protein|grammar|contract|budget|recipe|melody|harbour|mountain|history|language|computer|\
        database|network|planet|kitchen|library|theatre|railway|island|forest|bicycle|festival|museum|harvest|café|\
        naïve|über|façade|jalapeño|smörgåsbord
        """)

    init(seed: UInt64) {
        var random = SplitMix64(seed: seed ^ 0x766F_6361_6275_6C61)
        var phrases = TextPool()
        for _ in 0..<1024 {
            phrases.add(Self.run(of: random.within(3...6), &random))
        }
        self.phrases = phrases
        var sentences = TextPool()
        for _ in 0..<4096 {
            sentences.add(Self.sentence(&random))
        }
        self.sentences = sentences
    }

    private static func run(of count: Int, _ random: inout SplitMix64) -> [UInt8] {
        var text: [UInt8] = []
        for index in 0..<count {
            if index > 0 { text.append(UInt8(ascii: " ")) }
            text += words[random.below(words.count)]
        }
        if let first = text.first, first < 0x80 { text[0] = first & 0xDF }
        return text
    }

    private static func sentence(_ random: inout SplitMix64) -> [UInt8] {
        var text = run(of: random.within(6...15), &random)
        switch random.below(32) {
        case 0: text += #": \"it depends\"."#.utf8
        case 1: text += #".\n\n- first\n- second\n"#.utf8
        case 2: text += " 🙂.".utf8
        case 3: text += #" (see C:\\notes)."#.utf8
        case 4: text += " 量子もつれ.".utf8
        case 5, 6, 7: text += "?".utf8
        default: text += ".".utf8
        }
        return text
    }
}
