import Annals
import AnnalsHTTP
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Platform
import Projections
import Schema
import Testing

/// POST /v1/users/check and its like: who may ask, what is answered, how often.
@Suite struct SecretRouteTests {
    static let key = "canary-key-0123456789abcdef0123456789"
    static let user = "000000000000000000000001"
    static let check = "/v1/users/check"
    static let find = "/v1/users/find-by-reset-token"
    static let start: Int64 = 1_704_067_200_000

    /// A server whose one user has a password, a backup code and a reset token.
    func withServer(
        key: String? = key, _ change: (inout CheckOptions) -> Void = { _ in },
        _ test: @Sendable (Store, any TestClientProtocol, ManualClock) async throws -> Void
    ) async throws {
        var checks = CheckOptions()
        checks.declared = [Users.checks]
        checks.key = key.flatMap { CheckKey($0) }
        change(&checks)
        let clock = ManualClock(milliseconds: Self.start)
        try await TestServer.run(checks: checks, clock: clock.clock) { store, client in
            let events = [
                (
                    "user.registered",
                    #"{"_id":"\#(Self.user)","email":"ada@users.example","name":"Ada","password":"canary horse"}"#
                ),
                ("user.twoFactorEnabled", #"{"userId":"\#(Self.user)","backupCodes":["canary-1","canary-2"]}"#),
                (
                    "user.passwordResetRequested",
                    #"{"userId":"\#(Self.user)","token":"canary-token","expiresAt":"2024-01-01T01:00:00Z"}"#
                ),
            ].enumerated().map { number, event in
                #"{"specversion":"1.0","id":"\#(number)","source":"/test","type":"\#(event.0)","data":\#(event.1)}"#
            }
            #expect(try await client.post("[\(events.joined(separator: ","))]").status == .created)
            try await test(store, client, clock)
        }
    }

    @Test func whatFitsAndWhatDoesNot() async throws {
        try await withServer {
            $0.each = Rate(burst: 100, perMinute: 100)
        } _: { _, client, _ in
            let questions: [(body: String, fits: Bool)] = [
                (#"{"userId":"\#(Self.user)","password":"canary horse"}"#, true),
                (#"{"userId":{"$oid":"\#(Self.user)"},"password":"canary horse"}"#, true),
                (#"{"email":"ADA@users.example","password":"canary horse"}"#, true),
                (#"{"email":"ada@users.example","backupCode":"canary-2"}"#, true),
                (#"{"email":"ada@users.example","password":"canary-2"}"#, false),
                (#"{"email":"ada@users.example","backupCode":"canary horse"}"#, false),
                (#"{"email":"ada@users.example","password":""}"#, false),
            ]
            for question in questions {
                let response = try await client.ask(Self.check, question.body, key: Self.key)
                #expect(response.status == .ok)
                #expect(String(buffer: response.body) == "{\"fits\":\(question.fits)}\n", "\(question.body)")
                #expect(response.headers[.cacheControl] == "no-store")
            }
            // A wrong password and nobody: the same answer, byte for byte.
            var answers: Set<String> = []
            for who in [
                #""userId":"\#(Self.user)""#, #""userId":"0000000000000000000000ff""#, #""email":"ada@users.example""#,
                #""email":"nobody@users.example""#,
            ] {
                for secret in [#""password":"wrong canary""#, #""backupCode":"wrong""#] {
                    let response = try await client.ask(Self.check, "{\(who),\(secret)}", key: Self.key)
                    var headers = response.headers
                    headers[.date] = nil
                    answers.insert("\(response.status) \(headers) \(String(buffer: response.body))")
                }
            }
            #expect(answers.count == 1, "\(answers)")
        }
    }

    @Test func tokensLeadToTheirUserUntilTheyExpire() async throws {
        try await withServer { _, client, clock in
            let found = try await client.ask(Self.find, #"{"token":"canary-token"}"#, key: Self.key)
            #expect(found.status == .ok)
            #expect(String(buffer: found.body) == "{\"userId\":\"\(Self.user)\"}\n")
            let wrong = try await client.ask(Self.find, #"{"token":"canary-tokem"}"#, key: Self.key)
            #expect(wrong.status == .notFound)
            #expect(try wrong.document["type"] == "/problems/no-token")
            clock.advance(milliseconds: 3_600_000)
            let expired = try await client.ask(Self.find, #"{"token":"canary-token"}"#, key: Self.key)
            #expect(expired.status == .notFound && expired.body == wrong.body)
        }
    }

    @Test func withoutAKeyTheyAreOffAndSaySo() async throws {
        try await withServer(key: nil) { _, client, _ in
            for path in [Self.check, Self.find] {
                let response = try await client.ask(path, #"{"token":"canary-token"}"#, key: Self.key)
                #expect(response.status == .notFound)
                #expect(try response.document["type"] == "/problems/checks-off")
                #expect(String(buffer: response.body).contains("--check-key-file"))
            }
        }
    }

    @Test func onlyTheKeyOpensThem() async throws {
        try await withServer { store, client, _ in
            let body = #"{"userId":"\#(Self.user)","password":"canary horse"}"#
            for path in [Self.check, Self.find] {
                for given in [nil, "", "wrong", String(Self.key.dropLast()), Self.key + "x", Self.key.uppercased()] {
                    let response = try await client.ask(path, body, key: given)
                    #expect(response.status == .unauthorized)
                    let told = try #require(response.headers[.wwwAuthenticate])
                    #expect(told.hasPrefix(#"Bearer realm="#))
                    #expect(told.contains("invalid_token") == (given?.isEmpty == false))
                    #expect(!String(buffer: response.body).contains("canary"))
                }
            }
            // Another scheme is no key; its name is written in any case.
            for (header, status): (String, HTTPResponse.Status) in [
                ("Basic \(Self.key)", .unauthorized), (Self.key, .unauthorized), ("bearer \(Self.key)", .ok),
            ] {
                let response = try await client.execute(
                    uri: Self.check, method: .post, headers: [.authorization: header], body: ByteBuffer(string: body)
                ) { $0 }
                #expect(response.status == status, "\(header)")
            }
            // The key opens nothing else, and nothing else is closed.
            #expect(try await client.get("/v1/collections/users/\(Self.user)").status == .ok)
        }
    }

    @Test func badQuestionsAreToldWithoutTheirText() async throws {
        try await withServer { store, client, _ in
            let cases: [(path: String, body: String, status: HTTPResponse.Status)] = [
                (Self.check, "", .badRequest), (Self.check, #"{"password":"canary"#, .badRequest),
                (Self.check, #"{"canary":1,"canary":2}"#, .badRequest), (Self.check, #"["canary"]"#, .badRequest),
                (Self.check, #"canary"#, .badRequest), (Self.check, #"{"password":"canary"}"#, .unprocessableContent),
                (Self.check, #"{"email":"canary@users.example"}"#, .unprocessableContent),
                (Self.check, #"{"userId":"canary","password":"canary"}"#, .unprocessableContent),
                (Self.check, #"{"userId":7,"password":"canary"}"#, .unprocessableContent),
                (Self.check, #"{"email":"a@b.example","password":["canary"]}"#, .unprocessableContent),
                (
                    Self.check, #"{"email":"a@b.example","password":"canary","backupCode":"canary"}"#,
                    .unprocessableContent
                ),
                (
                    Self.check, #"{"email":"a@b.example","userId":"\#(Self.user)","password":"canary"}"#,
                    .unprocessableContent
                ),
                (Self.find, #"{"token":["canary"]}"#, .unprocessableContent), (Self.find, "{}", .unprocessableContent),
                (
                    Self.check, #"{"email":"a@b.example","password":"\#(String(repeating: "canary", count: 4_000))"}"#,
                    .contentTooLarge
                ),
            ]
            for bad in cases {
                let response = try await client.ask(bad.path, bad.body, key: Self.key)
                #expect(response.status == bad.status, "\(bad.body.prefix(80))")
                #expect(response.headers[.contentType] == "application/problem+json")
                #expect(!String(buffer: response.body).contains("canary"), "\(bad.body.prefix(80))")
            }
        }
    }

    @Test func hashesOfOtherKindsAreSaidToBe() async throws {
        try await withServer { _, client, _ in
            let hash = "$2b$10$" + String(repeating: "c", count: 53)
            let event =
                #"{"specversion":"1.0","id":"b","source":"/test","type":"user.passwordChanged","data":{"userId":"\#(Self.user)","password":"\#(hash)"}}"#
            #expect(try await client.post(event).status == .created)
            let response = try await client.ask(
                Self.check, #"{"userId":"\#(Self.user)","password":"canary"}"#, key: Self.key)
            #expect(response.status == .conflict)
            #expect(try response.document["type"] == "/problems/hash-kind")
            let text = String(buffer: response.body)
            #expect(text.contains("bcrypt") && !text.contains("ccc") && !text.contains("canary"))
        }
    }

    @Test func whoAsksTooOftenIsToldWhenToComeBack() async throws {
        try await withServer {
            $0.each = Rate(burst: 2, perMinute: 2); $0.all = Rate(burst: 5, perMinute: 60)
        } _: {
            _, client, clock in
            func ask(_ who: String) async throws -> (HTTPResponse.Status, retryAfter: String?) {
                let response = try await client.ask(Self.check, #"{\#(who),"password":"wrong"}"#, key: Self.key)
                return (response.status, response.headers[.retryAfter])
            }
            // By address or by id, it is the same person.
            #expect(try await ask(#""email":"ada@users.example""#) == (.ok, nil))
            #expect(try await ask(#""userId":"\#(Self.user)""#) == (.ok, nil))
            #expect(try await ask(#""email":"ADA@users.example""#) == (.tooManyRequests, "30"))
            // Somebody who is not there has a measure, too.
            let nobody = #""email":"nobody@users.example""#
            #expect(try await ask(nobody) == (.ok, nil))
            #expect(try await ask(nobody) == (.ok, nil))
            #expect(try await ask(nobody) == (.tooManyRequests, "30"))
            // One over all.
            #expect(try await ask(#""email":"a@users.example""#) == (.ok, nil))
            #expect(try await ask(#""email":"b@users.example""#) == (.tooManyRequests, "1"))
            clock.advance(milliseconds: 30_000)
            #expect(try await ask(#""userId":"\#(Self.user)""#) == (.ok, nil))
            // Look-ups have a measure of their own.
            for attempt in 0..<7 {
                let response = try await client.ask(Self.find, #"{"token":"wrong"}"#, key: Self.key)
                #expect(response.status == (attempt < 5 ? .notFound : .tooManyRequests))
                #expect((response.headers[.retryAfter] != nil) == (attempt >= 5))
            }
        }
    }

    @Test func keysAreLongAndFitAHeader() {
        #expect(CheckKey(Self.key) != nil)
        for bad in [
            "", "short", String(repeating: "a", count: 31), String(repeating: "a b", count: 20), Self.key + "ü",
        ] {
            #expect(CheckKey(bad) == nil, "\(bad)")
        }
    }
}

extension TestClientProtocol {
    func ask(_ path: String, _ body: String, key: String?) async throws -> TestResponse {
        var headers: HTTPFields = [.contentType: "application/json"]
        if let key { headers[.authorization] = "Bearer \(key)" }
        return try await execute(uri: path, method: .post, headers: headers, body: ByteBuffer(string: body)) { $0 }
    }
}
