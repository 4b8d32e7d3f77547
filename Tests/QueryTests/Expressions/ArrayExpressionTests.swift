import Testing

@Suite struct ArrayExpressionTests {
    static let cases: [ExpressionCase] = [
        .init(#"{"$arrayElemAt":[[1,2,3],0]}"#, "1"), .init(#"{"$arrayElemAt":[[1,2,3],-2]}"#, "2"),
        .init(#"{"$arrayElemAt":[[1,2,3],15]}"#, "missing"),
        .init(#"{"$arrayElemAt":["$a",1]}"#, "5", of: #"{"a":[4,5]}"#),
        .init(#"{"$arrayElemAt":[null,0]}"#, "null"), .init(#"{"$arrayElemAt":[1,0]}"#, "!an array, not int"),
        .init(#"{"$first":"$a"}"#, "4", of: #"{"a":[4,5]}"#), .init(#"{"$last":"$a"}"#, "5", of: #"{"a":[4,5]}"#),
        .init(#"{"$first":[[]]}"#, "missing"), .init(#"{"$last":"$missing"}"#, "null"),
        .init(#"{"$in":[2,[1,2,3]]}"#, "true"), .init(#"{"$in":["abc",["xyz"]]}"#, "false"),
        .init(#"{"$in":["xy",[["xy"]]]}"#, "false"), .init(#"{"$in":[1,null]}"#, "!an array, not null"),
        .init(#"{"$size":[[1,2]]}"#, "2"), .init(#"{"$size":"$a"}"#, "!$size needs an array, not missing"),
        .init(#"{"$slice":[[1,2,3],1,1]}"#, "[2]"), .init(#"{"$slice":[[1,2,3],-2]}"#, "[2,3]"),
        .init(#"{"$slice":[[1,2,3],15,2]}"#, "[]"), .init(#"{"$slice":[[1,2,3],-15,2]}"#, "[1,2]"),
        .init(#"{"$slice":[[1,2,3],1,0]}"#, "!above 0"), .init(#"{"$slice":[null,1]}"#, "null"),
        .init(#"{"$concatArrays":[["hello"," "],["world"]]}"#, #"["hello"," ","world"]"#),
        .init(#"{"$concatArrays":[[1],"$missing"]}"#, "null"), .init(#"{"$concatArrays":[[1],2]}"#, "!not int"),
        .init(#"{"$reverseArray":{"$range":[0,3]}}"#, "[2,1,0]"), .init(#"{"$reverseArray":[[[1,2],3]]}"#, "[3,[1,2]]"),
        .init(#"{"$range":[0,10,2]}"#, "[0,2,4,6,8]"), .init(#"{"$range":[10,0,-2]}"#, "[10,8,6,4,2]"),
        .init(#"{"$range":[0,10,-2]}"#, "[]"), .init(#"{"$range":[0,5]}"#, "[0,1,2,3,4]"),
        .init(#"{"$range":[0,1,0]}"#, "!other than 0"),
        .init(#"{"$range":[0,2147483647]}"#, "!makes more than"),
        .init(#"{"$zip":{"inputs":[["a"],["b"],["c"]]}}"#, #"[["a","b","c"]]"#),
        .init(#"{"$zip":{"inputs":[["a"],["b","c"]]}}"#, #"[["a","b"]]"#),
        .init(
            #"{"$zip":{"inputs":[["a"],["b","c"]],"useLongestLength":true,"defaults":["x","y"]}}"#,
            #"[["a","b"],["x","c"]]"#),
        .init(#"{"$zip":{"inputs":[["a"],null]}}"#, "null"),
        .init(#"{"$zip":{"inputs":[["a"]],"defaults":[1]}}"#, "!only with useLongestLength"),
        .init(#"{"$indexOfArray":[["a","abc"],"a"]}"#, "0"),
        .init(#"{"$indexOfArray":[["a","abc","de",["de"]],["de"]]}"#, "3"),
        .init(#"{"$indexOfArray":[["a","b","a"],"a",1]}"#, "2"), .init(#"{"$indexOfArray":[[1,2],5]}"#, "-1"),
        .init(#"{"$indexOfArray":[null,"foo"]}"#, "null"),
        .init(#"{"$indexOfArray":["foo","foo"]}"#, "!an array, not string"),
        .init(#"{"$isArray":["hello"]}"#, "false"), .init(#"{"$isArray":[["hello"]]}"#, "true"),
        .init(#"{"$map":{"input":[1,2],"as":"g","in":{"$add":["$$g",2]}}}"#, "[3,4]"),
        .init(
            #"{"$map":{"input":"$q.x","in":{"$multiply":["$$this","$k"]}}}"#, "[2,4]",
            of: #"{"q":[{"x":1},{"y":0},{"x":2}],"k":2}"#),
        .init(#"{"$map":{"input":[1],"in":"$missing"}}"#, "[null]"), .init(#"{"$map":{"input":null,"in":1}}"#, "null"),
        .init(#"{"$map":{"input":[1],"as":"X","in":1}}"#, "!cannot name a variable"),
        .init(#"{"$filter":{"input":[1,"a",2,null,3.1],"as":"n","cond":{"$isNumber":"$$n"}}}"#, "[1,2,3.1]"),
        .init(#"{"$filter":{"input":[1,2,3],"cond":{"$gte":["$$this",2]},"limit":1}}"#, "[2]"),
        .init(#"{"$filter":{"input":[1],"cond":true,"limit":0}}"#, "!whole number from 1"),
        .init(
            #"{"$reduce":{"input":["a","b","c"],"initialValue":"","in":{"$concat":["$$value","$$this"]}}}"#, #""abc""#),
        .init(
            #"{"$reduce":{"input":[1,2,3,4],"initialValue":{"sum":5,"product":2},"in":{"sum":{"$add":["$$value.sum","$$this"]},"product":{"$multiply":["$$value.product","$$this"]}}}}"#,
            #"{"sum":15,"product":48}"#),
        .init(
            #"{"$reduce":{"input":[[3,4],[5,6]],"initialValue":[1,2],"in":{"$concatArrays":["$$value","$$this"]}}}"#,
            "[1,2,3,4,5,6]"),
        .init(
            #"{"$reduce":{"input":{"$range":[0,60]},"initialValue":{},"in":{"a":"$$value","b":"$$value"}}}"#,
            "!makes more"),
        .init(#"{"$reduce":{"input":{"$range":[0,5000]},"initialValue":1,"in":["$$value"]}}"#, "!nest deeper"),
        .init(#"{"$reduce":{"input":{"$range":[0,5000]},"initialValue":1,"in":{"a":"$$value"}}}"#, "!nest deeper"),
        .init(
            #"{"$reduce":{"input":{"$range":[0,60]},"initialValue":["x"],"in":["$$value","$$value"]}}"#,
            "!makes more than"),
        .init(
            #"{"$reduce":{"input":{"$range":[0,60]},"initialValue":"x","in":{"$concat":["$$value","$$value"]}}}"#,
            "!makes more than"),
        .init(#"{"$sortArray":{"input":[3,1,"a",2],"sortBy":-1}}"#, #"["a",3,2,1]"#),
        .init(
            #"{"$sortArray":{"input":[{"n":"p","a":42},{"n":"d","a":30},{"n":"c","a":30}],"sortBy":{"a":1,"n":-1}}}"#,
            #"[{"n":"d","a":30},{"n":"c","a":30},{"n":"p","a":42}]"#),
        .init(#"{"$firstN":{"n":2,"input":[1,2,3]}}"#, "[1,2]"), .init(#"{"$lastN":{"n":2,"input":[1,2,3]}}"#, "[2,3]"),
        .init(#"{"$maxN":{"n":2,"input":[1,3,null,2]}}"#, "[3,2]"), .init(#"{"$minN":{"n":9,"input":[3,1]}}"#, "[1,3]"),
        .init(#"{"$firstN":{"n":0,"input":[1]}}"#, "!above 0"),
        .init(#"{"$setUnion":[["b","a"],["c","a"]]}"#, #"["a","b","c"]"#), .init(#"{"$setUnion":[[1],null]}"#, "null"),
        .init(#"{"$setIntersection":[["a","b","a"],["b","a"]]}"#, #"["a","b"]"#),
        .init(#"{"$setIntersection":[["a"],[["a"]]]}"#, "[]"),
        .init(#"{"$setDifference":[["c","a","b","a"],["b"]]}"#, #"["c","a"]"#),
        .init(#"{"$setEquals":[["a","b","a"],["b","a"]]}"#, "true"), .init(#"{"$setEquals":[["a"],["a",1]]}"#, "false"),
        .init(#"{"$setEquals":[[1],null]}"#, "!not null"), .init(#"{"$setIsSubset":[["a"],["a","b"]]}"#, "true"),
        .init(#"{"$setIsSubset":[["a",1],["a","b"]]}"#, "false"),
        .init(#"{"$anyElementTrue":[[false,0,"x"]]}"#, "true"),
        .init(#"{"$anyElementTrue":[[null,0]]}"#, "false"), .init(#"{"$allElementsTrue":[[]]}"#, "true"),
        .init(#"{"$allElementsTrue":[[1,null]]}"#, "false"),
    ]

    @Test(arguments: cases) func gives(_ example: ExpressionCase) throws { try example.check() }
}
