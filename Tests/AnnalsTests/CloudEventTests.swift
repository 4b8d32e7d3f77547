import Annals
import BSON
import Schema
import Testing

/// What CloudEvents 1.0 says of attributes holds, however an event comes.
@Suite struct CloudEventTests {
    private static let event: Document = [
        "specversion": "1.0", "id": "1", "source": "/test", "type": "user.registered",
        "data": ["email": "ada@users.example", "name": "Ada", "authMethod": "google"],
    ]

    private func parsed(_ members: Document, without: [String] = []) -> [String] {
        let kept = Self.event.pairs.filter { name, _ in !without.contains(name) && !members.keys.contains(name) }
        let event = Document(kept.map { ($0.name, $0.value) } + members.pairs.map { ($0.name, $0.value) })
        do throws(Refusals) {
            _ = try event.withRaw { (raw) throws(Refusals) in try CloudEvent.parse(raw) }
            return []
        } catch {
            return error.reasons.map { "\($0.rule.rawValue) \($0.field)" }
        }
    }

    @Test func namesAreOfLettersAndDigits() {
        #expect(parsed(["myextension7": "x", "resolved": ["a": 1]]).isEmpty)
        for name in ["my_extension", "myExtension", "my-extension", "é", " ", ""] {
            #expect(parsed([name: "x"]) == ["format \(name)"], "\(name)")
        }
    }

    @Test func dataIsJSON() {
        for type in [
            "application/json", "application/json; charset=utf-8", "Application/Vnd.Shop+JSON", "text/json", "x/y+json",
        ] { #expect(parsed(["datacontenttype": .string(type)]).isEmpty, "\(type)") }
        for type in ["text/xml", "application/octet-stream", "json", "application/jsonx", "/json", "a/b/json", ""] {
            #expect(parsed(["datacontenttype": .string(type)]) == ["format datacontenttype"], "\(type)")
        }
        #expect(parsed(["data_base64": "AAAA"]) == ["cast data_base64"])
        #expect(parsed(["data_base64": "AAAA"], without: ["data"]) == ["cast data_base64"])
        #expect(parsed(["data_base64": nil]).isEmpty)
    }

    @Test func extensionsHaveNoControlCharacters() throws {
        #expect(parsed(["mine": "Grüße, 世界 \u{1F600}"]).isEmpty)
        for code: UInt32 in [0, 0x0A, 0x1F, 0x7F, 0x85, 0x9F, 0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF] {
            let text = "a" + String(try #require(Unicode.Scalar(code)))
            #expect(parsed(["mine": .string(text)]) == ["format mine"], "\(code)")
        }
        for code: UInt32 in [0x20, 0x7E, 0xA0, 0xFDCF, 0xFDF0, 0xFFFD, 0x10000] {
            #expect(parsed(["mine": .string(String(try #require(Unicode.Scalar(code))))]).isEmpty, "\(code)")
        }
    }

    @Test func attributesHaveNoControlCharactersEither() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let changes: [(String, @Sendable (inout NewEvent, String) -> Void)] = [
            ("id", { $0.id = $1 }), ("source", { $0.source = $1 }), ("subject", { $0.subject = $1 }),
            ("actor", { $0.actor = $1 }), ("correlationid", { $0.correlationID = $1 }),
            ("causationid", { $0.causationID = $1 }), ("traceparent", { $0.traceparent = $1 }),
        ]
        for (name, change) in changes {
            for text in ["a\u{1}", "a\u{85}"] {
                var event = NewEvent(
                    id: "1", source: "/test", type: "user.registered", data: ["email": "a@users.example"])
                change(&event, text)
                #expect(await reasons(store, event) == ["format \(name)"])
            }
        }
        #expect(store.position == 0)
        try store.close()
    }

    private func reasons(_ store: Store, _ event: NewEvent) async -> [String] {
        let result: Result<Receipt, AppendError>
        do throws(AppendError) { result = .success(try await store.append(event)) } catch { result = .failure(error) }
        guard case .failure(.refused(let all)) = result else { return ["\(result)"] }
        return all.flatMap(\.refusals.reasons).map { "\($0.rule.rawValue) \($0.field)" }
    }

    private static let references: [(String, Bool)] = [
        ("/test", true), ("test", true), ("urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", true),
        ("https://user@example.com:8080/a/b?c=d&e#f", true), ("mailto:a@example.com", true), ("//host/x", true),
        ("http://[2001:db8::1]:80/x", true), ("http://[v7.a]", true), ("a%20b", true), ("/a:b", true), ("./a:b", true),
        ("?q", true), ("#f", true), ("1-555-123-4567", true), ("http://:80", true), ("a+b.c-d:e", true),
        ("/a b", false), ("gr\u{FC}n", false), ("/a%2", false), ("/a%zz", false), ("<x>", false), ("a\\b", false),
        ("{x}", false), ("1a:b", false), (":a", false), ("a_b:c", false), ("/x#a#b", false), ("/x[1]", false),
        ("?a[1]", false), ("#[", false),
        ("http://[1]", false), ("http://a[1]/", false), ("http://h:8x/", false), ("http://a@b@c/", false),
        ("http://[::1]x", false), ("http://a:b:c", false), ("\"q\"", false), ("a|b", false), ("^", false),
    ]

    @Test(arguments: references) func sourceIsAURIReference(source: String, isOne: Bool) async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let event = NewEvent(
            id: "1", source: source, type: "user.registered",
            data: ["email": "ada@users.example", "name": "Ada", "authMethod": "google"])
        let reasons = await reasons(store, event)
        if isOne {
            #expect(store.position == 1, "\(reasons)")
        } else {
            #expect(reasons == ["format source"])
        }
        try store.close()
    }

    @Test func sentAgainWithAnotherWordItConflicts() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let user = try #require(ObjectID(hex: "65920080aaaaaaaaaaaaaaaa"))
        _ = try await store.append(
            NewEvent(
                id: "0", source: "/test", type: "user.registered",
                data: [
                    "_id": .objectID(user), "email": "ada@users.example", "name": "Ada", "authMethod": "google",
                ]))
        var event = NewEvent(id: "1", source: "/test", type: "user.loggedIn", data: ["userId": .objectID(user)])
        (event.actor, event.correlationID, event.causationID) = ("ada", "c", "d")
        event.corrects = 1
        #expect(try await store.append(event).position == 2)
        event.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        #expect(try await store.append(event).wasThere)
        let changes: [@Sendable (inout NewEvent) -> Void] = [
            { $0.actor = "bob" }, { $0.actor = "" }, { $0.correlationID = "e" }, { $0.causationID = "e" },
            { $0.corrects = nil }, { $0.corrects = 2 },
        ]
        for change in changes {
            var other = event
            change(&other)
            await #expect {
                _ = try await store.append(other)
            } throws: { error in
                guard case AppendError.conflict(0, 2) = error else { return false }
                return true
            }
        }
        // Within one batch too.
        var (first, second) = (event, event)
        (first.id, second.id, second.actor) = ("2", "2", "bob")
        let requests = [first, second]
        await #expect {
            _ = try await store.append(requests)
        } throws: { error in
            guard case AppendError.conflict(1, 3) = error else { return false }
            return true
        }
        #expect(store.position == 2)
        try store.close()
    }

    @Test func aDateAloneIsItsMidnight() throws {
        let date = try #require(DateTime(rfc3339: "2024-02-29T00:00:00Z"))
        #expect(Array("2024-02-29".utf8).withUnsafeBytes { DateTime(iso8601: $0) } == date)
        for text in ["2023-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "2024/01/01", "24-01-0001", "2024-1-011"] {
            #expect(Array(text.utf8).withUnsafeBytes { DateTime(iso8601: $0) } == nil, "\(text)")
        }
    }
}
