import Testing

@Suite struct DateExpressionTests {
    private static func at(_ operation: String, _ date: String, _ zone: String? = nil) -> String {
        guard let zone else { return #"{"\#(operation)":{"$date":"\#(date)"}}"# }
        return #"{"\#(operation)":{"date":{"$date":"\#(date)"},"timezone":"\#(zone)"}}"#
    }

    static let parts: [ExpressionCase] = [
        .init(at("$year", "2014-01-01T08:15:39.736Z"), "2014"), .init(at("$month", "2014-01-01T08:15:39.736Z"), "1"),
        .init(at("$dayOfMonth", "2014-01-01T08:15:39.736Z"), "1"), .init(at("$hour", "2014-01-01T08:15:39.736Z"), "8"),
        .init(at("$minute", "2014-01-01T08:15:39.736Z"), "15"), .init(at("$second", "2014-01-01T08:15:39.736Z"), "39"),
        .init(at("$millisecond", "2014-01-01T08:15:39.736Z"), "736"),
        .init(at("$dayOfYear", "2014-01-01T08:15:39.736Z"), "1"),
        .init(at("$dayOfWeek", "2014-01-01T08:15:39.736Z"), "4"), .init(at("$week", "2014-01-01T08:15:39.736Z"), "0"),
        .init(at("$isoWeek", "2006-10-24T00:00:00Z"), "43"), .init(at("$isoWeek", "2016-01-01T00:00:00Z"), "53"),
        .init(at("$isoWeekYear", "2016-01-01T00:00:00Z"), #"{"$numberLong":"2015"}"#),
        .init(at("$isoDayOfWeek", "2014-01-05T00:00:00Z"), "7"),
        .init(at("$hour", "1998-11-07T00:00:00Z", "-0400"), "20"),
        .init(at("$hour", "1998-11-07T00:00:00Z", "America/New_York"), "19"),
        .init(at("$hour", "2024-07-07T00:00:00Z", "America/New_York"), "20"),
        .init(at("$dayOfMonth", "2024-03-31T23:30:00Z", "Europe/Berlin"), "1"),
        .init(at("$hour", "2050-07-01T12:00:00Z", "Europe/Berlin"), "14"),
        .init(at("$hour", "2050-01-01T12:00:00Z", "Europe/Berlin"), "13"),
        .init(at("$hour", "2050-01-01T12:00:00Z", "Australia/Sydney"), "23"),
        .init(at("$minute", "2024-01-01T00:00:00Z", "Asia/Kathmandu"), "45"),
        .init(at("$hour", "2024-01-01T00:00:00Z", "Mars/Base"), "!no such time zone"),
        .init(at("$hour", "2024-01-01T00:00:00Z", "../../etc/passwd"), "!no such time zone"),
        .init(at("$year", "1969-12-31T23:59:59.999Z"), "1969"),
        .init(at("$millisecond", "1969-12-31T23:59:59.999Z"), "999"),
        // The first that there is.
        .init(#"{"$millisecond":{"$date":{"$numberLong":"-9223372036854775808"}}}"#, "192"),
        .init(#"{"$year":"$d"}"#, "null"), .init(#"{"$year":"x"}"#, "!$year needs a date, not string"),
        .init(#"{"$year":["$d"]}"#, "2020", of: #"{"d":{"$date":"2020-05-05T00:00:00Z"}}"#),
    ]

    @Test(arguments: parts) func hasParts(_ example: ExpressionCase) throws { try example.check() }

    private static func text(_ date: String, _ rest: String) -> String {
        #"{"$dateToString":{"date":{"$date":"\#(date)"}\#(rest)}}"#
    }

    static let texts: [ExpressionCase] = [
        .init(text("2014-01-01T08:15:39.736Z", ""), #""2014-01-01T08:15:39.736Z""#),
        .init(text("2014-01-01T08:15:39.736Z", #","format":"%Y-%m-%d""#), #""2014-01-01""#),
        .init(
            text("2014-01-01T08:15:39.736Z", #","format":"%H:%M:%S:%L%z","timezone":"America/New_York""#),
            #""03:15:39:736-0500""#),
        .init(
            text("2014-01-01T08:15:39.736Z", #","format":"%H:%M:%S:%L%z","timezone":"+04:30""#), #""12:45:39:736+0430""#
        ),
        .init(text("2014-01-01T08:15:39.736Z", #","format":"%Z","timezone":"America/New_York""#), #""-300""#),
        .init(
            text("2014-01-01T08:15:39.736Z", #","format":"%j %w %u %U %V %G %b %B %% x""#),
            #""001 4 3 00 01 2014 Jan January % x""#),
        .init(text("2014-01-01T08:15:39.736Z", #","format":"%q""#), "!knows no %q"),
        .init(#"{"$dateToString":{"date":null,"onNull":"none"}}"#, #""none""#),
        .init(#"{"$dateToString":{"date":"$d","format":"%Y"}}"#, "null"),
        .init(#"{"$dateToString":{"format":"%Y"}}"#, "!needs date"),
        .init(
            #"{"$dateFromString":{"dateString":"2017-02-08T12:10:40.787"}}"#, #"{"$date":"2017-02-08T12:10:40.787Z"}"#),
        .init(
            #"{"$dateFromString":{"dateString":"2017-02-08T12:10:40.787","timezone":"America/New_York"}}"#,
            #"{"$date":"2017-02-08T17:10:40.787Z"}"#),
        .init(#"{"$dateFromString":{"dateString":"2017-02-08T12:10:40+01:00"}}"#, #"{"$date":"2017-02-08T11:10:40Z"}"#),
        .init(
            #"{"$dateFromString":{"dateString":"06-15-2018","format":"%m-%d-%Y"}}"#,
            #"{"$date":"2018-06-15T00:00:00Z"}"#),
        .init(
            #"{"$dateFromString":{"dateString":"Jun 5, 2018 07:08","format":"%b %d, %Y %H:%M","timezone":"Europe/Paris"}}"#,
            #"{"$date":"2018-06-05T05:08:00Z"}"#),
        .init(
            #"{"$dateFromString":{"dateString":"2020-W01-3","format":"%G-W%V-%u"}}"#,
            #"{"$date":"2020-01-01T00:00:00Z"}"#),
        .init(#"{"$dateFromString":{"dateString":"2021-02-29"}}"#, "!cannot read a date"),
        .init(#"{"$dateFromString":{"dateString":"x","onError":5}}"#, "5"),
        .init(#"{"$dateFromString":{"dateString":null,"onNull":6}}"#, "6"),
        .init(#"{"$dateFromString":{"dateString":7}}"#, "!a string, not int"),
    ]

    @Test(arguments: texts) func readsAndWrites(_ example: ExpressionCase) throws { try example.check() }

    static let moves: [ExpressionCase] = [
        .init(
            #"{"$dateToParts":{"date":{"$date":"2017-01-01T01:29:09.123Z"}}}"#,
            #"{"year":2017,"month":1,"day":1,"hour":1,"minute":29,"second":9,"millisecond":123}"#),
        .init(
            #"{"$dateToParts":{"date":{"$date":"2017-01-01T01:29:09.123Z"},"timezone":"America/New_York","iso8601":true}}"#,
            #"{"isoWeekYear":2016,"isoWeek":52,"isoDayOfWeek":6,"hour":20,"minute":29,"second":9,"millisecond":123}"#),
        .init(#"{"$dateFromParts":{"year":2017,"month":2,"day":8,"hour":12}}"#, #"{"$date":"2017-02-08T12:00:00Z"}"#),
        .init(#"{"$dateFromParts":{"year":2017,"month":14,"day":1,"hour":12}}"#, #"{"$date":"2018-02-01T12:00:00Z"}"#),
        .init(#"{"$dateFromParts":{"year":2017,"month":0,"day":1}}"#, #"{"$date":"2016-12-01T00:00:00Z"}"#),
        .init(
            #"{"$dateFromParts":{"isoWeekYear":2017,"isoWeek":6,"isoDayOfWeek":3}}"#,
            #"{"$date":"2017-02-08T00:00:00Z"}"#),
        .init(
            #"{"$dateFromParts":{"year":2016,"month":12,"day":31,"hour":23,"timezone":"America/New_York"}}"#,
            #"{"$date":"2017-01-01T04:00:00Z"}"#),
        .init(#"{"$dateFromParts":{"month":2}}"#, "!either year or isoWeekYear"),
        .init(#"{"$dateFromParts":{"year":"$x"}}"#, "null"),
        // Clocks skip 02:30, and show 01:30 twice.
        .init(
            #"{"$dateFromParts":{"year":2024,"month":3,"day":10,"hour":2,"minute":30,"timezone":"America/New_York"}}"#,
            #"{"$date":"2024-03-10T07:30:00Z"}"#),
        .init(
            #"{"$dateFromParts":{"year":2024,"month":11,"day":3,"hour":1,"minute":30,"timezone":"America/New_York"}}"#,
            #"{"$date":"2024-11-03T05:30:00Z"}"#),
        .init(
            #"{"$dateFromParts":{"year":2050,"month":3,"day":27,"hour":2,"minute":30,"timezone":"Europe/Berlin"}}"#,
            #"{"$date":"2050-03-27T01:30:00Z"}"#),
        .init(
            #"{"$dateTrunc":{"date":{"$date":"2020-08-28T11:30:05.123Z"},"unit":"year","binSize":5}}"#,
            #"{"$date":"2020-01-01T00:00:00Z"}"#),
        .init(
            #"{"$dateTrunc":{"date":{"$date":"2021-03-20T11:30:05Z"},"unit":"month"}}"#,
            #"{"$date":"2021-03-01T00:00:00Z"}"#),
        .init(
            #"{"$dateTrunc":{"date":{"$date":"2021-03-20T11:30:05Z"},"unit":"quarter","timezone":"America/Los_Angeles"}}"#,
            #"{"$date":"2021-01-01T08:00:00Z"}"#),
        .init(
            #"{"$dateTrunc":{"date":{"$date":"2021-03-20T11:30:05Z"},"unit":"week","binSize":2,"timezone":"America/Los_Angeles","startOfWeek":"Monday"}}"#,
            #"{"$date":"2021-03-15T07:00:00Z"}"#),
        .init(
            #"{"$dateTrunc":{"date":{"$date":"2021-03-20T11:30:05Z"},"unit":"week"}}"#,
            #"{"$date":"2021-03-14T00:00:00Z"}"#),
        .init(
            #"{"$dateTrunc":{"date":{"$date":"2021-03-20T11:30:05Z"},"unit":"hour","binSize":2}}"#,
            #"{"$date":"2021-03-20T10:00:00Z"}"#),
        .init(
            #"{"$dateTrunc":{"date":{"$date":"1965-03-20T11:30:05Z"},"unit":"day","timezone":"Asia/Kathmandu"}}"#,
            #"{"$date":"1965-03-19T18:30:00Z"}"#),
        .init(#"{"$dateTrunc":{"date":{"$date":"2021-03-20T11:30:05Z"},"unit":"eon"}}"#, "!no such unit"),
        .init(#"{"$dateTrunc":{"date":null,"unit":"day"}}"#, "null"),
        .init(
            #"{"$dateDiff":{"startDate":{"$date":"2010-12-31T23:59:59Z"},"endDate":{"$date":"2011-01-01T00:00:00Z"},"unit":"year"}}"#,
            #"{"$numberLong":"1"}"#),
        .init(
            #"{"$dateDiff":{"startDate":{"$date":"2021-01-30T00:00:00Z"},"endDate":{"$date":"2021-01-31T00:00:00Z"},"unit":"week"}}"#,
            #"{"$numberLong":"1"}"#),
        .init(
            #"{"$dateDiff":{"startDate":{"$date":"2021-01-30T00:00:00Z"},"endDate":{"$date":"2021-01-31T00:00:00Z"},"unit":"week","startOfWeek":"fri"}}"#,
            #"{"$numberLong":"0"}"#),
        .init(
            #"{"$dateDiff":{"startDate":{"$date":"2021-03-01T00:00:00Z"},"endDate":{"$date":"2020-03-01T00:00:00Z"},"unit":"day"}}"#,
            #"{"$numberLong":"-365"}"#),
        .init(
            #"{"$dateDiff":{"startDate":{"$date":"2024-03-10T05:00:00Z"},"endDate":{"$date":"2024-03-11T04:00:00Z"},"unit":"hour","timezone":"America/New_York"}}"#,
            #"{"$numberLong":"23"}"#),
        .init(
            #"{"$dateDiff":{"startDate":{"$date":"2024-03-10T05:00:00Z"},"endDate":{"$date":"2024-03-11T04:00:00Z"},"unit":"day","timezone":"America/New_York"}}"#,
            #"{"$numberLong":"1"}"#),
        .init(
            #"{"$dateAdd":{"startDate":{"$date":"2020-12-31T12:10:05Z"},"unit":"month","amount":2}}"#,
            #"{"$date":"2021-02-28T12:10:05Z"}"#),
        .init(
            #"{"$dateAdd":{"startDate":{"$date":"2020-12-31T12:10:05Z"},"unit":"quarter","amount":1}}"#,
            #"{"$date":"2021-03-31T12:10:05Z"}"#),
        // A day over the change of clocks keeps the hour; 24 hours do not.
        .init(
            #"{"$dateAdd":{"startDate":{"$date":"2024-03-09T15:00:00Z"},"unit":"day","amount":1,"timezone":"America/New_York"}}"#,
            #"{"$date":"2024-03-10T14:00:00Z"}"#),
        .init(
            #"{"$dateAdd":{"startDate":{"$date":"2024-03-09T15:00:00Z"},"unit":"hour","amount":24,"timezone":"America/New_York"}}"#,
            #"{"$date":"2024-03-10T15:00:00Z"}"#),
        .init(
            #"{"$dateSubtract":{"startDate":{"$date":"2021-03-31T00:00:00Z"},"unit":"month","amount":1}}"#,
            #"{"$date":"2021-02-28T00:00:00Z"}"#),
        .init(
            #"{"$dateAdd":{"startDate":{"$date":"2020-12-31T12:10:05Z"},"unit":"day","amount":1.5}}"#,
            "!whole number as amount"),
        .init(
            #"{"$dateAdd":{"startDate":{"$date":"2020-12-31T12:10:05Z"},"unit":"year","amount":{"$numberLong":"9000000000000"}}}"#,
            "!past the last date"),
    ]

    @Test(arguments: moves) func cutsCountsAndMoves(_ example: ExpressionCase) throws { try example.check() }
}
