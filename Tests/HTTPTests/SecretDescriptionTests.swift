import AnnalsHTTP
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

/// Questions about secrets are as /openapi.json says.
extension SecretRouteTests {
    /// Until both say 429, whatever is answered is in the description, and the bodies have the members it names.
    @Test func answersAreAsDescribed() async throws {
        try await withServer {
            $0.each = Rate(burst: 2, perMinute: 2); $0.all = Rate(burst: 3, perMinute: 3)
        } _: { _, client, _ in
            let text = try await client.get("/openapi.json").body
            let description = try JSON.parse(Array(text.readableBytesView), extended: false)
            for (path, right, members) in [
                (Self.check, #"{"email":"ada@users.example","password":"canary horse"}"#, ["fits"]),
                (Self.find, #"{"token":"canary-token"}"#, ["userId"]),
            ] {
                let operation = try #require(description.member("paths", path, "post"))
                let answers = try #require(operation.member("responses"))
                var seen: Set<UInt16> = []
                let bodies = [right, "{}", "nonsense", #"{"token":"wrong"}"#] + Array(repeating: right, count: 8)
                for body in bodies {
                    let answer = try await client.ask(path, body, key: Self.key)
                    seen.insert(UInt16(answer.status.code))
                    let described = answers.pairs.first { $0.name == String(answer.status.code) }
                    #expect(described != nil, "\(path): \(answer.status)")
                    if answer.status == .ok { #expect(try answer.document.keys == members) }
                }
                #expect(try await client.ask(path, right, key: nil).status == .unauthorized)
                #expect(seen.isSuperset(of: [200, 400, 422, 429]), "\(path): \(seen)")
                #expect(["401", "404", "408", "413", "503"].allSatisfy { answers.keys.contains($0) })
                let told = answers.member("200", "content", "application/json", "schema", "properties")
                #expect(told?.keys == members)
                // What the request's members are is told, each with what it is for.
                let schema = operation.member(
                    "requestBody", "content", "application/json", "schema", "properties")
                let names = Set(schema?.keys ?? [])
                #expect(
                    names == (path == Self.find ? ["token"] : ["userId", "email", "password", "backupCode"]), "\(names)"
                )
            }
        }
    }
}

extension Document {
    /// The object that these names lead to; they may have dots.
    fileprivate func member(_ names: String...) -> Document? {
        names.reduce(Optional(self)) { document, name in
            guard case .document(let inner)? = document?.pairs.first(where: { $0.name == name })?.value else {
                return nil
            }
            return inner
        }
    }
}
