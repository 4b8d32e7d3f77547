import Testing

@Suite struct ObjectExpressionTests {
    static let cases: [ExpressionCase] = [
        .init(#"{"$mergeObjects":[{"a":1,"b":2},null,{"a":3,"c":4}]}"#, #"{"a":3,"b":2,"c":4}"#),
        .init(#"{"$mergeObjects":"$missing"}"#, "{}"), .init(#"{"$mergeObjects":[1]}"#, "!a document, not int"),
        .init(#"{"$objectToArray":{"item":"foo","qty":25}}"#, #"[{"k":"item","v":"foo"},{"k":"qty","v":25}]"#),
        .init(#"{"$objectToArray":null}"#, "null"), .init(#"{"$objectToArray":1}"#, "!a document, not int"),
        .init(
            #"{"$arrayToObject":{"$literal":[{"k":"item","v":"abc"},{"k":"qty","v":25}]}}"#, #"{"item":"abc","qty":25}"#
        ),
        .init(#"{"$arrayToObject":[[["a",1],["a",2],["b",3]]]}"#, #"{"a":2,"b":3}"#),
        .init(#"{"$arrayToObject":[[["a"]]]}"#, "!pairs of a text and a value"),
        .init(#"{"$getField":"a.b"}"#, "1", of: #"{"a.b":1,"a":{"b":2}}"#),
        .init(#"{"$getField":{"$literal":"$x"}}"#, "3", of: #"{"$x":3}"#),
        .init(#"{"$getField":{"field":"b","input":"$a"}}"#, "2", of: #"{"a":{"b":2}}"#),
        .init(#"{"$getField":{"field":"b","input":1}}"#, "missing"),
        .init(#"{"$setField":{"field":"a.b","input":"$$ROOT","value":7}}"#, #"{"x":1,"a.b":7}"#, of: #"{"x":1}"#),
        .init(#"{"$setField":{"field":"x","input":"$$ROOT","value":"$$REMOVE"}}"#, #"{"y":2}"#, of: #"{"x":1,"y":2}"#),
        .init(#"{"$unsetField":{"field":"x","input":"$$ROOT"}}"#, #"{"y":2}"#, of: #"{"x":1,"y":2}"#),
        .init(#"{"$cond":[{"$gte":["$qty",250]},30,20]}"#, "30", of: #"{"qty":250}"#),
        .init(#"{"$cond":{"if":false,"then":{"$divide":[1,0]},"else":20}}"#, "20"),
        .init(#"{"$cond":{"if":1,"then":2}}"#, "!$cond needs else"),
        .init(#"{"$ifNull":["$a","$b",3]}"#, "3", of: #"{"b":null}"#), .init(#"{"$ifNull":[1]}"#, "!at least 2"),
        .init(
            #"{"$switch":{"branches":[{"case":{"$eq":["$a",1]},"then":"one"},{"case":true,"then":"other"}]}}"#,
            #""other""#, of: #"{"a":2}"#),
        .init(#"{"$switch":{"branches":[{"case":false,"then":1}]}}"#, "!no branch"),
        .init(#"{"$switch":{"branches":[{"case":false,"then":1}],"default":"d"}}"#, #""d""#),
        .init(#"{"$literal":{"$add":[1,2]}}"#, #"{"$add":[1,2]}"#), .init(#"{"$literal":"$a"}"#, #""$a""#),
        .init(#"{"$and":[]}"#, "true"), .init(#"{"$or":[]}"#, "false"), .init(#"{"$and":[1,"x",[]]}"#, "true"),
        .init(#"{"$and":[1,null,{"$divide":[1,0]}]}"#, "false"), .init(#"{"$or":[0,"$missing",""]}"#, "true"),
        .init(#"{"$not":[true]}"#, "false"), .init(#"{"$not":null}"#, "true"),
        .init(
            #"{"$let":{"vars":{"total":{"$add":["$price","$tax"]},"discounted":{"$cond":["$off",0.5,1]}},"in":{"$multiply":["$$total","$$discounted"]}}}"#,
            "5.25", of: #"{"price":10,"tax":0.5,"off":true}"#),
        .init(#"{"$let":{"vars":{"a":1},"in":{"$let":{"vars":{"a":2,"b":"$$a"},"in":["$$a","$$b"]}}}}"#, "[2,1]"),
        .init(#"{"$let":{"vars":{"CURRENT":"$a"},"in":"$b"}}"#, "2", of: #"{"a":{"b":2},"b":1}"#),
        .init(
            #"{"$map":{"input":[1,2],"as":"x","in":{"$map":{"input":[10,20],"as":"y","in":{"$add":["$$x","$$y"]}}}}}"#,
            "[[11,21],[12,22]]"),
        .init(#""$$ROOT.a""#, "1", of: #"{"a":1}"#), .init(#""$$CURRENT.a""#, "1", of: #"{"a":1}"#),
        .init(#""$a.b.c""#, "[1,[2]]", of: #"{"a":[{"b":{"c":1}},{"b":[{"c":2},3]},5,{}]}"#),
        .init(#"{"a":"$x","b":"$missing","c":["$missing"]}"#, #"{"a":1,"c":[null]}"#, of: #"{"x":1}"#),
        .init(#""$$NOW""#, #"{"$date":"1970-01-01T00:00:00Z"}"#), .init(#""$$REMOVE""#, "missing"),
        .init(#""$$nothing""#, "!$$nothing is no known variable"),
        .init(#"{"$nothing":1}"#, "!$nothing is no known operator"),
        .init(#"{"$add":[1],"$subtract":[1,2]}"#, "!stands alone"), .init(#"{"a.b":1}"#, "!without dots"),
        .init(#"{"$gt":[{"$rand":{}},1]}"#, "false"), .init(#"{"$rand":1}"#, "!takes {}"),
        .init(#"{"$type":"$a"}"#, #""missing""#), .init(#"{"$type":[[1]]}"#, #""array""#),
        .init(#"{"$type":{"$numberLong":"1"}}"#, #""long""#),
        .init(#"{"$isNumber":{"$numberDecimal":"1"}}"#, "true"), .init(#"{"$isNumber":"1"}"#, "false"),
    ]

    @Test(arguments: cases) func gives(_ example: ExpressionCase) throws { try example.check() }

    static let conversions: [ExpressionCase] = [
        .init(#"{"$toInt":"-42"}"#, "-42"), .init(#"{"$toInt":5.5}"#, "5"), .init(#"{"$toInt":true}"#, "1"),
        .init(#"{"$toInt":{"$numberDecimal":"5000.7"}}"#, "5000"),
        .init(#"{"$toInt":"5.5"}"#, "!cannot make a int of this string"),
        .init(#"{"$toInt":{"$numberLong":"5000000000"}}"#, "!cannot make a int"), .init(#"{"$toInt":null}"#, "null"),
        .init(#"{"$toLong":{"$date":"2018-03-26T04:38:28.044Z"}}"#, #"{"$numberLong":"1522039108044"}"#),
        .init(#"{"$toLong":9223372036854775808.0}"#, "!cannot make a long"), .init(#"{"$toDouble":"-5.5"}"#, "-5.5"),
        .init(#"{"$toDouble":{"$date":"2018-03-27T05:04:47.890Z"}}"#, "1522127087890.0"),
        .init(#"{"$toDouble":"0x10"}"#, "!double"),
        .init(#"{"$toDecimal":2.5}"#, #"{"$numberDecimal":"2.50000000000000"}"#),
        .init(#"{"$toDecimal":"-5.5"}"#, #"{"$numberDecimal":"-5.5"}"#),
        .init(#"{"$toDecimal":false}"#, #"{"$numberDecimal":"0"}"#), .init(#"{"$toString":2.5}"#, #""2.5""#),
        .init(#"{"$toString":2.0}"#, #""2""#),
        .init(#"{"$toString":{"$oid":"5ab9c3da31c2ab715d421285"}}"#, #""5ab9c3da31c2ab715d421285""#),
        .init(#"{"$toString":{"$date":"2018-03-27T16:58:51.538Z"}}"#, #""2018-03-27T16:58:51.538Z""#),
        .init(#"{"$toString":true}"#, #""true""#),
        .init(#"{"$toString":{"a":1}}"#, "!cannot make a string of this object"),
        .init(#"{"$toBool":"false"}"#, "true"), .init(#"{"$toBool":0}"#, "false"),
        .init(#"{"$toDate":120000000000.5}"#, #"{"$date":"1973-10-20T21:20:00Z"}"#),
        .init(#"{"$toDate":"2018-03-20"}"#, #"{"$date":"2018-03-20T00:00:00Z"}"#),
        .init(#"{"$toDate":"2018-03-20 11:00:06 +0500"}"#, #"{"$date":"2018-03-20T06:00:06Z"}"#),
        .init(#"{"$toDate":"Friday"}"#, "!cannot read a date"),
        .init(#"{"$toDate":{"$oid":"5ab9c3da31c2ab715d421285"}}"#, #"{"$date":"2018-03-27T04:08:58Z"}"#),
        .init(#"{"$toLong":{"$toDate":{"$oid":"ffffffff31c2ab715d421285"}}}"#, #"{"$numberLong":"-1000"}"#),
        .init(#"{"$year":{"$oid":"bef9e4f731c2ab715d421285"}}"#, #"1935"#),
        .init(#"{"$toObjectId":"5ab9cbfa31c2ab715d42129e"}"#, #"{"$oid":"5ab9cbfa31c2ab715d42129e"}"#),
        .init(#"{"$toObjectId":"x"}"#, "!cannot make a objectId"),
        .init(#"{"$convert":{"input":"x","to":"int","onError":"bad"}}"#, #""bad""#),
        .init(#"{"$convert":{"input":null,"to":"int","onNull":0}}"#, "0"),
        .init(#"{"$convert":{"input":"7","to":16}}"#, "7"),
        .init(#"{"$convert":{"input":1,"to":"number"}}"#, "!converts to no such type"),
        .init(#"{"$convert":{"input":1,"to":null}}"#, "null"),
    ]

    @Test(arguments: conversions) func converts(_ example: ExpressionCase) throws { try example.check() }
}
