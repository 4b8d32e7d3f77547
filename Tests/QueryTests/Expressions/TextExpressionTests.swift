import Testing

@Suite struct TextExpressionTests {
    static let cases: [ExpressionCase] = [
        .init(#"{"$concat":["item"," - ","13Q1"]}"#, #""item - 13Q1""#), .init(#"{"$concat":["a",null]}"#, "null"),
        .init(#"{"$concat":[]}"#, #""""#), .init(#"{"$concat":["a",1]}"#, "!$concat needs strings, not int"),
        .init(#"{"$toLower":"ABC É"}"#, #""abc É""#), .init(#"{"$toUpper":"abc"}"#, #""ABC""#),
        .init(#"{"$toLower":null}"#, #""""#), .init(#"{"$toUpper":12}"#, #""12""#),
        .init(#"{"$substr":["hello",1,3]}"#, #""ell""#), .init(#"{"$substrBytes":["hello",3,-1]}"#, #""lo""#),
        .init(#"{"$substrBytes":["éclair",0,3]}"#, #""éc""#), .init(#"{"$substrBytes":["éclair",1,2]}"#, "!would cut"),
        .init(#"{"$substrCP":["éclair",0,3]}"#, #""écl""#), .init(#"{"$substrCP":["jalapeño",6,9]}"#, #""ño""#),
        .init(#"{"$substrCP":["x",-1,9]}"#, "!at least 0"), .init(#"{"$substr":[null,0,1]}"#, #""""#),
        .init(#"{"$split":["June-15-2013","-"]}"#, #"["June","15","2013"]"#),
        .init(#"{"$split":["banana split","a"]}"#, #"["b","n","n"," split"]"#),
        .init(#"{"$split":["banana split"," "]}"#, #"["banana","split"]"#),
        .init(#"{"$split":["headphone jack",7]}"#, "!a string to split by"),
        .init(#"{"$split":["x",""]}"#, "!not empty"), .init(#"{"$split":[null,"x"]}"#, "null"),
        .init(#"{"$trim":{"input":" \n good  bye \t  "}}"#, #""good  bye""#),
        .init(#"{"$trim":{"input":" ggggoodbyeeeee","chars":"ge"}}"#, #"" ggggoodby""#),
        .init(#"{"$trim":{"input":"    ggggoodbyeeeee","chars":" ge"}}"#, #""oodby""#),
        .init(#"{"$ltrim":{"input":"  x "}}"#, #""x ""#), .init(#"{"$rtrim":{"input":"  x "}}"#, #""  x""#),
        .init(#"{"$trim":{"input":null}}"#, "null"), .init(#"{"$trim":{"text":"x"}}"#, "!$trim has no text"),
        .init(#"{"$strLenBytes":"cafétéria"}"#, "11"), .init(#"{"$strLenCP":"cafétéria"}"#, "9"),
        .init(#"{"$strLenBytes":"寿司"}"#, "6"), .init(#"{"$strLenCP":"$missing"}"#, "!not missing"),
        .init(#"{"$indexOfBytes":["cafeteria","e"]}"#, "3"), .init(#"{"$indexOfBytes":["cafétéria","é"]}"#, "3"),
        .init(#"{"$indexOfBytes":["cafétéria","e"]}"#, "-1"), .init(#"{"$indexOfBytes":["foo.bar.fi",".",5]}"#, "7"),
        .init(#"{"$indexOfBytes":["vanilla","ll",0,2]}"#, "-1"),
        .init(#"{"$indexOfBytes":["vanilla","nilla",3]}"#, "-1"),
        .init(#"{"$indexOfBytes":["vanilla","l",-1]}"#, "!whole numbers from 0"),
        .init(#"{"$indexOfBytes":[null,"foo"]}"#, "null"),
        .init(#"{"$indexOfCP":["cafétéria","t"]}"#, "4"), .init(#"{"$indexOfCP":["cafétéria","é",4]}"#, "5"),
        .init(#"{"$strcasecmp":["13Q1","13q4"]}"#, "-1"), .init(#"{"$strcasecmp":["ABC","abc"]}"#, "0"),
        .init(
            #"{"$replaceOne":{"input":"blue paint","find":"blue paint","replacement":"red paint"}}"#, #""red paint""#),
        .init(#"{"$replaceOne":{"input":"aXbXc","find":"X","replacement":"-"}}"#, #""a-bXc""#),
        .init(#"{"$replaceAll":{"input":"aXbXc","find":"X","replacement":"--"}}"#, #""a--b--c""#),
        .init(#"{"$replaceAll":{"input":null,"find":"X","replacement":"-"}}"#, "null"),
        .init(#"{"$replaceAll":{"input":1,"find":"X","replacement":"-"}}"#, "!strings, not int"),
        .init(#"{"$regexMatch":{"input":"Mongo","regex":"^m","options":"i"}}"#, "true"),
        .init(#"{"$regexMatch":{"input":"Mongo","regex":"^m"}}"#, "false"),
        .init(#"{"$regexMatch":{"input":null,"regex":"x"}}"#, "false"),
        .init(#"{"$regexMatch":{"input":"$a","regex":"$b"}}"#, "true", of: #"{"a":"line","b":"i.e"}"#),
        .init(#"{"$regexMatch":{"input":"x","regex":"("}}"#, "!regular expression is wrong"),
        .init(#"{"$regexMatch":{"input":1,"regex":"x"}}"#, "!a string as input, not int"),
        .init(
            #"{"$regexFind":{"input":"Café line","regex":"(l)(x)?i"}}"#,
            #"{"match":"li","idx":5,"captures":["l",null]}"#),
        .init(#"{"$regexFind":{"input":"abc","regex":"x"}}"#, "null"),
        .init(
            #"{"$regexFindAll":{"input":"abcbd","regex":"b."}}"#,
            #"[{"match":"bc","idx":1,"captures":[]},{"match":"bd","idx":3,"captures":[]}]"#),
        .init(#"{"$size":{"$regexFindAll":{"input":"añb","regex":""}}}"#, "4"),
    ]

    @Test(arguments: cases) func gives(_ example: ExpressionCase) throws { try example.check() }
}
