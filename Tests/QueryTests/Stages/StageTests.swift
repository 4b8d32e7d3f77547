import Testing

@Suite struct StageTests {
    private static let books = """
        [{"_id":1,"title":"abc","author":{"last":"zzz","first":"aaa"},"copies":5,"tags":["x","y"]},
         {"_id":2,"title":"def","author":{"last":"yyy"},"copies":2,"tags":[]},
         {"_id":3,"title":"ghi","copies":9}]
        """
    private static let sales = """
        [{"_id":1,"item":"abc","price":10,"quantity":2,"date":{"$date":"2014-01-01T08:00:00Z"}},
         {"_id":2,"item":"jkl","price":20,"quantity":1,"date":{"$date":"2014-02-03T09:00:00Z"}},
         {"_id":3,"item":"xyz","price":5,"quantity":5,"date":{"$date":"2014-02-03T09:05:00Z"}},
         {"_id":4,"item":"abc","price":10,"quantity":10,"date":{"$date":"2014-02-15T08:00:00Z"}},
         {"_id":5,"item":"xyz","price":5,"quantity":10,"date":{"$date":"2014-02-15T09:12:00Z"}}]
        """

    static let shapes: [PipelineCase] = [
        .init(
            books, #"[{"$project":{"title":1,"author.last":1}},{"$limit":2}]"#,
            #"[{"_id":1,"title":"abc","author":{"last":"zzz"}},{"_id":2,"title":"def","author":{"last":"yyy"}}]"#),
        .init(
            books, #"[{"$project":{"_id":0,"t":"$title","n":{"$add":["$copies",1]}}},{"$skip":2}]"#,
            #"[{"t":"ghi","n":10}]"#),
        .init(
            books, #"[{"$project":{"author.first":0,"tags":0,"copies":0}}]"#,
            #"[{"_id":1,"title":"abc","author":{"last":"zzz"}},{"_id":2,"title":"def","author":{"last":"yyy"}},{"_id":3,"title":"ghi"}]"#
        ),
        .init(
            books, #"[{"$project":{"_id":0,"author":{"first":1,"name":"$title"}}},{"$skip":1}]"#,
            #"[{"author":{"name":"def"}},{"author":{"name":"ghi"}}]"#),
        .init(books, #"[{"$project":{"a":1,"b":0}}]"#, "!either keeps fields or leaves"),
        .init(books, #"[{"$project":{"tags.$":1}}]"#, "!cannot start with $"),
        .init(
            books, #"[{"$bucketAuto":{"groupBy":"$copies","buckets":2,"granularity":"R5"}}]"#,
            "!$bucketAuto has no granularity"),
        .init(
            books,
            #"[{"$addFields":{"copies":{"$add":["$copies",1]},"author.middle":"m","new":[1,"$title"]}},{"$limit":1}]"#,
            #"[{"_id":1,"title":"abc","author":{"last":"zzz","first":"aaa","middle":"m"},"copies":6,"tags":["x","y"],"new":[1,"abc"]}]"#
        ),
        .init(
            #"[{"a":[{"b":1},5],"c":1}]"#, #"[{"$set":{"a.b":2,"c.d":3,"gone":"$$REMOVE"}}]"#,
            #"[{"a":[{"b":2},{"b":2}],"c":{"d":3}}]"#),
        .init(#"[{"a":1,"b":2}]"#, #"[{"$set":{"a":"$b","b":"$a"}}]"#, #"[{"a":2,"b":1}]"#),
        .init(#"[{"a":1,"b":2}]"#, #"[{"$set":{"a":"$$REMOVE"}}]"#, #"[{"b":2}]"#),
        .init(#"[{"a":1}]"#, #"[{"$set":{"a":1,"a.b":2}}]"#, "!one below it"),
        .init(#"[{"a":{"b":1,"c":2},"d":3}]"#, #"[{"$unset":["a.b","d"]}]"#, #"[{"a":{"c":2}}]"#),
        .init(#"[{"a":1,"d":3}]"#, #"[{"$unset":"a"}]"#, #"[{"d":3}]"#),
        .init(#"[{"a":{"b":1}}]"#, #"[{"$replaceRoot":{"newRoot":"$a"}}]"#, #"[{"b":1}]"#),
        .init(
            #"[{"a":{"b":1},"c":2}]"#, #"[{"$replaceWith":{"$mergeObjects":[{"c":0,"d":9},"$$ROOT"]}}]"#,
            #"[{"c":2,"d":9,"a":{"b":1}}]"#),
        .init(#"[{"a":1}]"#, #"[{"$replaceWith":"$a"}]"#, "!a document as the new root, not int"),
        .init(
            #"[{"_id":1,"s":["S","M"]},{"_id":2,"s":[]},{"_id":3},{"_id":4,"s":"L"}]"#, #"[{"$unwind":"$s"}]"#,
            #"[{"_id":1,"s":"S"},{"_id":1,"s":"M"},{"_id":4,"s":"L"}]"#),
        .init(
            #"[{"_id":1,"s":["S"]},{"_id":2,"s":[]},{"_id":3},{"_id":4,"s":"L"}]"#,
            #"[{"$unwind":{"path":"$s","includeArrayIndex":"i","preserveNullAndEmptyArrays":true}}]"#,
            #"[{"_id":1,"s":"S","i":{"$numberLong":"0"}},{"_id":2,"i":null},{"_id":3,"i":null},{"_id":4,"s":"L","i":null}]"#
        ),
        .init(books, #"[{"$match":{"$expr":{"$gt":["$copies","$_id"]}}},{"$count":"n"}]"#, #"[{"n":2}]"#),
        .init(
            books,
            #"[{"$match":{"$and":[{"copies":{"$gt":2}},{"$expr":{"$eq":["$title","abc"]}}]}},{"$project":{"_id":1}}]"#,
            #"[{"_id":1}]"#),
        .init(
            #"[{"a":1},{"a":2},{"a":3}]"#, #"[{"$sample":{"size":5}},{"$sort":{"a":1}},{"$limit":2}]"#,
            #"[{"a":1},{"a":2}]"#),
        .init(#"[{"a":1},{"a":2},{"a":3}]"#, #"[{"$sample":{"size":2}},{"$count":"n"}]"#, #"[{"n":2}]"#),
    ]

    @Test(arguments: shapes) func shape(_ example: PipelineCase) throws { try example.check() }

    static let groups: [PipelineCase] = [
        .init(
            sales,
            #"[{"$group":{"_id":"$item","total":{"$sum":{"$multiply":["$price","$quantity"]}},"avg":{"$avg":"$quantity"},"n":{"$count":{}}}},{"$sort":{"_id":1}}]"#,
            #"[{"_id":"abc","total":120,"avg":6.0,"n":2},{"_id":"jkl","total":20,"avg":1.0,"n":1},{"_id":"xyz","total":75,"avg":7.5,"n":2}]"#
        ),
        .init(
            sales,
            #"[{"$group":{"_id":{"day":{"$dayOfYear":"$date"}},"items":{"$addToSet":"$item"},"all":{"$push":{"i":"$item","q":"$quantity"}}}},{"$limit":1}]"#,
            #"[{"_id":{"day":1},"items":["abc"],"all":[{"i":"abc","q":2}]}]"#),
        .init(
            sales,
            #"[{"$group":{"_id":null,"f":{"$first":"$item"},"l":{"$last":"$item"},"mn":{"$min":"$price"},"mx":{"$max":"$price"},"m":{"$mergeObjects":{"a":"$item","x":"$nothing"}}}}]"#,
            #"[{"_id":null,"f":"abc","l":"xyz","mn":5,"mx":20,"m":{"a":"xyz"}}]"#),
        .init(
            sales,
            #"[{"$group":{"_id":null,"f":{"$firstN":{"input":"$_id","n":2}},"l":{"$lastN":{"input":"$_id","n":2}},"mn":{"$minN":{"input":"$quantity","n":2}},"mx":{"$maxN":{"input":"$quantity","n":3}}}}]"#,
            #"[{"_id":null,"f":[1,2],"l":[4,5],"mn":[1,2],"mx":[10,10,5]}]"#),
        .init(
            sales,
            #"[{"$group":{"_id":null,"t":{"$top":{"sortBy":{"quantity":-1,"_id":1},"output":"$_id"}},"b":{"$bottom":{"sortBy":{"quantity":-1,"_id":1},"output":["$item","$quantity"]}},"tn":{"$topN":{"n":2,"sortBy":{"price":1,"_id":-1},"output":"$_id"}},"bn":{"$bottomN":{"n":2,"sortBy":{"price":1,"_id":1},"output":"$_id"}}}}]"#,
            #"[{"_id":null,"t":4,"b":["jkl",1],"tn":[5,3],"bn":[4,2]}]"#),
        .init(
            #"[{"v":1},{"v":2},{"v":3},{"v":4},{"v":"x"}]"#,
            #"[{"$group":{"_id":null,"p":{"$stdDevPop":"$v"},"s":{"$stdDevSamp":"$v"}}}]"#,
            #"[{"_id":null,"p":1.118033988749895,"s":1.2909944487358056}]"#),
        .init(
            #"[{"v":{"$numberDecimal":"0.1"}},{"v":{"$numberDecimal":"0.2"}},{"v":1}]"#,
            #"[{"$group":{"_id":null,"s":{"$sum":"$v"},"a":{"$avg":"$v"}}}]"#,
            #"[{"_id":null,"s":{"$numberDecimal":"1.3"},"a":{"$numberDecimal":"0.4333333333333333333333333333333333"}}]"#
        ),
        .init(
            #"[{"v":1},{"v":1.0},{"v":{"$numberLong":"1"}},{},{"v":null}]"#,
            #"[{"$group":{"_id":"$v","n":{"$sum":1}}}]"#, #"[{"_id":1,"n":3},{"_id":null,"n":2}]"#),
        .init(sales, #"[{"$sortByCount":"$item"},{"$match":{"count":1}}]"#, #"[{"_id":"jkl","count":1}]"#),
        .init(sales, #"[{"$sortByCount":"item"}]"#, "!a field or an expression"),
        .init(
            sales,
            #"[{"$bucket":{"groupBy":"$price","boundaries":[0,10,20],"default":"other","output":{"n":{"$sum":1},"ids":{"$push":"$_id"}}}}]"#,
            #"[{"_id":0,"n":2,"ids":[3,5]},{"_id":10,"n":2,"ids":[1,4]},{"_id":"other","n":1,"ids":[2]}]"#),
        .init(sales, #"[{"$bucket":{"groupBy":"$price","boundaries":[0,10]}}]"#, "!outside its boundaries"),
        .init(sales, #"[{"$bucket":{"groupBy":"$price","boundaries":[10,0]}}]"#, "!that rise"),
        .init(
            sales, #"[{"$bucketAuto":{"groupBy":"$quantity","buckets":2}}]"#,
            #"[{"_id":{"min":1,"max":10},"count":3},{"_id":{"min":10,"max":10},"count":2}]"#),
        .init(
            sales,
            #"[{"$facet":{"byItem":[{"$sortByCount":"$item"},{"$limit":1},{"$project":{"count":1,"_id":0}}],"total":[{"$count":"n"}],"none":[{"$match":{"_id":0}}]}}]"#,
            #"[{"byItem":[{"count":2}],"total":[{"n":5}],"none":[]}]"#),
        .init(sales, #"[{"$facet":{"a":[{"$facet":{"b":[]}}]}}]"#, "!within another"),
        .init(sales, #"[{"$group":{"_id":null,"x":{"$topN":{"n":0,"sortBy":{"a":1},"output":1}}}}]"#, "!above 0 as n"),
        .init(sales, #"[{"$group":{"_id":null,"x":{"$mergeObjects":"$item"}}}]"#, "!a document, not string"),
        .init("[]", #"[{"$group":{"_id":null,"n":{"$sum":1}}}]"#, "[]"),
    ]

    @Test(arguments: groups) func group(_ example: PipelineCase) throws { try example.check() }

    private static let states = """
        [{"_id":1,"s":"CA","q":2},{"_id":2,"s":"CA","q":5},{"_id":3,"s":"CA","q":5},{"_id":4,"s":"WA","q":1}]
        """

    private static func window(_ output: String, sort: String = #"{"q":1,"_id":1}"#) -> String {
        #"[{"$setWindowFields":{"partitionBy":"$s","sortBy":\#(sort),"output":{"r":\#(output)}}},{"$project":{"r":1}}]"#
    }

    static let windows: [PipelineCase] = [
        .init(
            states, window(#"{"$sum":"$q","window":{"documents":["unbounded","current"]}}"#),
            #"[{"_id":1,"r":2},{"_id":2,"r":7},{"_id":3,"r":12},{"_id":4,"r":1}]"#),
        .init(
            states, window(#"{"$avg":"$q","window":{"documents":[-1,0]}}"#),
            #"[{"_id":1,"r":2.0},{"_id":2,"r":3.5},{"_id":3,"r":5.0},{"_id":4,"r":1.0}]"#),
        .init(
            states, window(#"{"$push":"$_id","window":{"documents":[1,"unbounded"]}}"#),
            #"[{"_id":1,"r":[2,3]},{"_id":2,"r":[3]},{"_id":3,"r":[]},{"_id":4,"r":[]}]"#),
        .init(states, window(#"{"$max":"$q"}"#), #"[{"_id":1,"r":5},{"_id":2,"r":5},{"_id":3,"r":5},{"_id":4,"r":1}]"#),
        .init(
            states, window(#"{"$rank":{}}"#, sort: #"{"q":-1}"#),
            #"[{"_id":2,"r":1},{"_id":3,"r":1},{"_id":1,"r":3},{"_id":4,"r":1}]"#),
        .init(
            states, window(#"{"$denseRank":{}}"#, sort: #"{"q":-1}"#),
            #"[{"_id":2,"r":1},{"_id":3,"r":1},{"_id":1,"r":2},{"_id":4,"r":1}]"#),
        .init(
            states, window(#"{"$documentNumber":{}}"#),
            #"[{"_id":1,"r":1},{"_id":2,"r":2},{"_id":3,"r":3},{"_id":4,"r":1}]"#),
        .init(
            states, window(#"{"$shift":{"output":"$q","by":1,"default":"none"}}"#),
            #"[{"_id":1,"r":5},{"_id":2,"r":5},{"_id":3,"r":"none"},{"_id":4,"r":"none"}]"#),
        .init(
            states, window(#"{"$shift":{"output":"$q","by":-1}}"#),
            #"[{"_id":1,"r":null},{"_id":2,"r":2},{"_id":3,"r":5},{"_id":4,"r":null}]"#),
        // Of a document that is there, what is missing stays so.
        .init(
            states, window(#"{"$shift":{"output":"$none","by":1,"default":"none"}}"#),
            #"[{"_id":1},{"_id":2},{"_id":3,"r":"none"},{"_id":4,"r":"none"}]"#),
        .init(states, window(#"{"$sum":"$q","window":{"range":[-1,1]}}"#), "!by range is not supported"),
        .init(states, window(#"{"$sum":"$q","window":{"documents":[2,1]}}"#), "!not above the upper"),
        .init(states, #"[{"$setWindowFields":{"output":{"r":{"$rank":{}}}}}]"#, "!needs sortBy"),
        .init(states, window(#"{"$linearFill":"$q"}"#), "!no known window function"),
    ]

    @Test(arguments: windows) func window(_ example: PipelineCase) throws { try example.check() }
}
