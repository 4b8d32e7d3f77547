import AnnalsHTTP
import BSON
import Crypto
import CryptoExtras
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Platform
import Testing

/// JSON Web Tokens in place of keys: what is taken, and everything that is not.
@Suite struct TokenTests {
    private static let now: Int64 = 1_704_067_200
    private static let ed25519 = Curve25519.Signing.PrivateKey()
    private static let p256 = P256.Signing.PrivateKey()

    private static func encoded(_ bytes: some DataProtocol) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func keySet(_ rsa: _RSA.Signing.PrivateKey) throws -> String {
        let point = p256.publicKey.rawRepresentation
        let primitives = try rsa.publicKey.getKeyPrimitives()
        return """
            {"keys":[
            {"kty":"OKP","crv":"Ed25519","kid":"ed","x":"\(encoded(ed25519.publicKey.rawRepresentation))"},
            {"kty":"EC","crv":"P-256","kid":"ec","alg":"ES256","x":"\(encoded(point.prefix(32)))","y":"\(encoded(point.suffix(32)))"},
            {"kty":"RSA","kid":"rsa","use":"sig","n":"\(encoded(primitives.modulus))","e":"\(encoded(primitives.publicExponent))"},
            {"kty":"oct","kid":"secret","k":"c2VjcmV0"}]}
            """
    }

    private static func token(
        _ header: String, _ claims: String, sign: (Data) throws -> Data
    ) rethrows -> String {
        let signed = encoded(Data(header.utf8)) + "." + encoded(Data(claims.utf8))
        return signed + "." + encoded(try sign(Data(signed.utf8)))
    }

    private static func ed(_ claims: String, header: String = #"{"alg":"EdDSA","kid":"ed"}"#) throws -> String {
        try token(header, claims) { try ed25519.signature(for: $0) }
    }

    private static func claims(_ changes: [String: String?] = [:]) -> String {
        var claims: [String: String?] = [
            "iss": #""https://issuer""#, "aud": #""annals""#, "sub": #""ada""#, "exp": "\(now + 600)",
            "scope": #""audit append:user.*""#,
        ]
        for (name, value) in changes { claims[name] = value }
        return "{" + claims.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",") + "}"
    }

    private func withTokens(
        _ test: @Sendable (_ client: any TestClientProtocol, _ rsa: _RSA.Signing.PrivateKey) async throws -> Void
    ) async throws {
        let rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let path = NSTemporaryDirectory() + "annals-jwks-\(UUID().uuidString)"
        try FileSystem.system.writeWhole(path, Array(try Self.keySet(rsa).utf8))
        defer { try? FileSystem.system.remove(path) }
        let tokens = try TokenOptions(issuer: "https://issuer", audience: "annals", keySet: path)
        try await TestServer.run(changing: { $1.tokens = tokens }, clock: .fixed(Self.now * 1_000)) { _, client in
            try await test(client, rsa)
        }
    }

    private func status(
        _ client: any TestClientProtocol, _ token: String?, _ path: String = "/v1/events"
    ) async throws -> HTTPResponse.Status {
        var headers: HTTPFields = [:]
        headers[.authorization] = token.map { "Bearer \($0)" }
        return try await client.send(.get, path, headers: headers).status
    }

    @Test func eachAlgorithmIsTaken() async throws {
        try await withTokens { client, rsa in
            let good = Self.claims()
            let tokens = [
                try Self.ed(good),
                try Self.token(#"{"alg":"ES256","kid":"ec"}"#, good) {
                    try Self.p256.signature(for: SHA256.hash(data: $0)).rawRepresentation
                },
                try Self.token(#"{"alg":"RS256"}"#, good) {
                    try rsa.signature(for: SHA256.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation
                },
                try Self.ed(Self.claims(["aud": #"["other","annals"]"#, "nbf": "\(Self.now + 30)"])),
            ]
            for token in tokens { #expect(try await status(client, token) == .ok) }
            // Its scopes bound it, and what it appends is its subject's.
            #expect(try await status(client, tokens[0], "/v1/collections/users") == .forbidden)
            let headers: HTTPFields = [.authorization: "Bearer \(tokens[0])", .contentType: "application/json"]
            #expect(try await client.send(.post, "/v1/events", Sample.user(1), headers: headers).status == .created)
            let page = try await client.send(.get, "/v1/events", headers: headers)
            #expect(String(buffer: page.body).contains(#""principal":"token:ada""#))
        }
    }

    @Test func nothingElseIs() async throws {
        try await withTokens { client, _ in
            let good = Self.claims()
            let whole = try Self.ed(good)
            var bad: [String?] = [
                nil, "", "a.b.c", whole + "x", String(whole.dropLast(2)), whole + ".", whole + "=",
                // No signature, or one of another kind than the key's.
                Self.token(#"{"alg":"none"}"#, good) { _ in Data() },
                try Self.ed(good, header: #"{"alg":"ES256","kid":"ed"}"#),
                try Self.ed(good, header: #"{"alg":"EdDSA","kid":"ec"}"#),
                try Self.ed(good, header: #"{"alg":"EdDSA","alg":"EdDSA"}"#),
                try Self.ed(good, header: #"{"alg":"EdDSA","crit":["x"]}"#),
                // What "HS256" would make of the public key, or of a secret in the set.
                Self.token(#"{"alg":"HS256","kid":"ed"}"#, good) {
                    Data(
                        HMAC<SHA256>.authenticationCode(
                            for: $0, using: SymmetricKey(data: Self.ed25519.publicKey.rawRepresentation)))
                },
                Self.token(#"{"alg":"HS256","kid":"secret"}"#, good) {
                    Data(HMAC<SHA256>.authenticationCode(for: $0, using: SymmetricKey(data: Data("secret".utf8))))
                },
                try Self.token(#"{"alg":"EdDSA","kid":"ed"}"#, good) {
                    try Curve25519.Signing.PrivateKey().signature(for: $0)
                },
            ]
            let changes: [[String: String?]] = [
                ["iss": #""https://other""#], ["iss": nil], ["aud": #""other""#], ["aud": nil], ["aud": "[]"],
                ["sub": nil],
                ["sub": #""""#], ["exp": nil], ["exp": "\(Self.now - 61)"], ["exp": #""never""#],
                ["nbf": "\(Self.now + 61)"], ["nbf": #""soon""#],
            ]
            for change in changes { bad.append(try Self.ed(Self.claims(change))) }
            for token in bad { #expect(try await status(client, token) == .unauthorized, "\(token ?? "none")") }
            #expect(try await status(client, whole) == .ok)
        }
    }

    @Test func keySetsThatCannotBeTaken() throws {
        let path = NSTemporaryDirectory() + "annals-jwks-\(UUID().uuidString)"
        defer { try? FileSystem.system.remove(path) }
        for text in ["", "[]", "{}", #"{"keys":[]}"#, #"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#] {
            try FileSystem.system.writeWhole(path, Array(text.utf8))
            #expect(throws: TokenOptions.Failure.self) {
                try TokenOptions(issuer: "i", audience: "a", keySet: path)
            }
        }
    }
}
