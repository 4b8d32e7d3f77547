import Annals
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

/// Whatever is wrong with a request is told as a problem document that names the place, and nothing is written.
@Suite struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let body: [UInt8]
        let status: HTTPResponse.Status
        let reasons: [String]
        var testDescription: String { name }

        init(_ name: String, _ body: String, _ status: HTTPResponse.Status, _ reasons: [String]) {
            self.init(name, Array(body.utf8), status, reasons)
        }

        init(_ name: String, _ body: [UInt8], _ status: HTTPResponse.Status, _ reasons: [String]) {
            self.name = name
            self.body = body
            self.status = status
            self.reasons = reasons
        }
    }

    static func event(_ data: String, type: String = "user.registered") -> String {
        #"{"specversion":"1.0","id":"1","source":"/test","type":"\#(type)","data":\#(data)}"#
    }

    static let cases: [Case] = [
        Case("not JSON", "{not json}", .badRequest, ["unexpectedCharacter "]),
        Case("cut short", #"{"id":"#, .badRequest, ["unexpectedEnd id"]),
        Case("empty", "", .badRequest, ["unexpectedEnd "]),
        Case(
            "too deep", event(String(repeating: #"{"a":"#, count: 200)), .badRequest,
            [
                "tooDeep data.a.a.a"
            ]),
        Case("duplicate key", event(#"{"name":"a","name":"b"}"#), .badRequest, ["duplicateKey data.name"]),
        Case(
            "invalid UTF-8", Array(#"{"id":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8), .badRequest,
            ["invalidUTF8 id"]),
        Case("number out of range", event(#"{"n":1e999}"#), .badRequest, ["numberOutOfRange data.n"]),
        Case("unknown type", event("{}", type: "user.exploded"), .unprocessableContent, ["type type"]),
        Case(
            "no event", "{}", .unprocessableContent,
            [
                "required specversion", "required id", "required source", "required type", "required data",
            ]),
        Case(
            "control character",
            #"{"specversion":"1.0","id":"a\u0007","source":"/t x","type":"user.registered","data":{}}"#,
            .unprocessableContent, ["format id", "format source"]),
        Case(
            "other data",
            #"{"specversion":"1.0","id":"1","source":"/t","type":"user.registered","datacontenttype":"text/xml","data":"<a/>"}"#,
            .unprocessableContent, ["format datacontenttype", "cast data"]),
        Case(
            "data twice",
            #"{"specversion":"1.0","id":"1","source":"/t","type":"user.registered","data_base64":"e30=","data":{}}"#,
            .unprocessableContent, ["cast data_base64"]),
        Case(
            "name of an attribute",
            #"{"specversion":"1.0","id":"1","source":"/t","type":"user.registered","traceParent":"x","data":{}}"#,
            .unprocessableContent, ["format traceParent"]),
        Case(
            "missing field", event(#"{"name":"Ada","authMethod":"google"}"#), .unprocessableContent, ["required email"]),
        Case(
            "wrong type", event(#"{"name":"Ada","authMethod":"google","email":{"a":1}}"#), .unprocessableContent,
            [
                "cast email"
            ]),
        Case(
            "a date that nothing can be added to",
            event(
                #"{"userId":"000000000000000000000001","plan":"pro","status":"active","amount":99,"currency":"USD","#
                    + #""interval":"month","currentPeriodEnd":{"$date":{"$numberLong":"9223372036854775807"}}}"#,
                type: "user.planChanged"),
            .unprocessableContent, ["cast currentPeriodEnd"]),
        Case(
            "over-long",
            event(
                #"{"name":"Ada","authMethod":"google","email":"a@b.example","profile":{"bio":""#
                    + String(repeating: "x", count: 501) + #""}}"#), .unprocessableContent, ["maxlength profile.bio"]),
        Case(
            "no such choice", event(#"{"name":"Ada","authMethod":"pigeon","email":"a@b.example"}"#),
            .unprocessableContent,
            [
                "enum authMethod"
            ]),
    ]

    @Test(arguments: cases) func badEventsAreRefused(bad: Case) async throws {
        try await TestServer.run { store, client in
            let response = try await client.post(bad.body)
            #expect(response.status == bad.status)
            #expect(response.headers[.contentType] == "application/problem+json")
            let reasons = try response.reasons
            // The path of what is too deep is long.
            #expect(reasons.count == bad.reasons.count && zip(reasons, bad.reasons).allSatisfy { $0.hasPrefix($1) })
            #expect(store.position == 0)
            // A batch names the event's place too, where the batch could be read at all.
            if bad.status == .unprocessableContent {
                let batch = Array("[\(Sample.user(1)),".utf8) + bad.body + Array("]".utf8)
                let response = try await client.post(batch)
                #expect(response.status == bad.status)
                #expect(try response.errors[0]["index"] == 1)
                #expect(store.position == 0)
            }
        }
    }

    @Test(arguments: [
        (#"{"id":}"#, "unexpectedCharacter id"), (#"{"n":1e999}"#, "numberOutOfRange n"),
        ("nonsense", "invalidLiteral "),
    ])
    func whatIsNoJSONInABatchIsNamedByItsPlace(bad: String, reason: String) async throws {
        try await TestServer.run { store, client in
            for place in [0, 2] {
                let events = (0..<place).map { Sample.user($0 + 1) } + [bad, Sample.user(9)]
                let response = try await client.post("[\(events.joined(separator: ","))]")
                #expect(response.status == .badRequest)
                #expect(try response.reasons == [reason])
                #expect(try response.errors[0]["index"] == .int32(Int32(place)))
            }
            #expect(store.position == 0)
        }
    }

    @Test func conflictsAre409() async throws {
        try await TestServer.run { store, client in
            _ = try await client.post(Sample.user(1))
            let conflict = try await client.post(Sample.user(1, email: "other@users.example"))
            #expect(conflict.status == .conflict)
            #expect(try conflict.document["type"] == "/problems/conflict")
            #expect(try conflict.reasons == ["conflict id"])
            #expect(try conflict.errors[0]["type"] == "user.registered")
            // In a batch, the second is at fault.
            let batch = try await client.post(
                "[\(Sample.user(3)),\(Sample.user(1, email: "other@users.example"))]",
                type: "application/cloudevents-batch+json")
            #expect(batch.status == .conflict)
            #expect(try batch.reasons == ["conflict id"])
            #expect(try batch.errors[0]["index"] == 1)
            let version = Sample.user(2).replacing(#""data""#, with: #""expectedversion":3,"data""#)
            let response = try await client.post(version)
            #expect(response.status == .conflict)
            #expect(try response.document["type"] == "/problems/version")
            #expect(try response.document["actual"] == 0)
            #expect(try response.reasons == ["version expectedversion"])
            #expect(store.position == 1)
        }
    }

    @Test func otherMediaTypesAndPathsAreProblems() async throws {
        try await TestServer.run { store, client in
            #expect(try await client.post(Sample.user(1), type: "text/plain").status == .unsupportedMediaType)
            for (path, status): (String, HTTPResponse.Status) in [
                ("/v1/nothing", .notFound), ("/v1/collections/nothing/000000000000000000000001", .notFound),
                ("/v1/collections/users/000000000000000000000001", .notFound), ("/v1/collections/users/x", .badRequest),
            ] {
                let response = try await client.get(path)
                #expect(response.status == status)
                #expect(response.headers[.contentType] == "application/problem+json")
            }
            #expect(store.position == 0)
        }
    }
}
