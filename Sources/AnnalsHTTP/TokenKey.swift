internal import BSON
internal import Crypto
internal import CryptoExtras
internal import Foundation

/// A public key that checks tokens, for one algorithm.
struct TokenKey: Sendable {
    private enum Key: Sendable {
        case ed25519(Curve25519.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case rsa(_RSA.Signing.PublicKey)
    }

    let id: String?
    private let key: Key
    private static let fewestRSABits = 2_048

    /// As the token's header must say.
    var algorithm: String {
        switch key {
        case .ed25519: "EdDSA"
        case .p256: "ES256"
        case .rsa: "RS256"
        }
    }

    /// `nil` where it is of another kind, for another use, or no key at all.
    init?(_ jwk: Document) {
        func text(_ name: String) -> String? { if case .string(let text)? = jwk[FieldPath(name)] { text } else { nil } }
        func bytes(_ name: String) -> [UInt8]? { text(name).flatMap { Base64URL.bytes($0) } }
        if let use = text("use"), use != "sig" { return nil }
        switch (text("kty"), text("crv")) {
        case ("OKP", "Ed25519"):
            guard let x = bytes("x"), let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x) else {
                return nil
            }
            self.key = .ed25519(key)
        case ("EC", "P-256"):
            guard let x = bytes("x"), let y = bytes("y"), x.count == 32, y.count == 32,
                let key = try? P256.Signing.PublicKey(rawRepresentation: x + y)
            else { return nil }
            self.key = .p256(key)
        case ("RSA", nil):
            guard let n = bytes("n"), let e = bytes("e"), let key = try? _RSA.Signing.PublicKey(n: n, e: e),
                key.keySizeInBits >= Self.fewestRSABits
            else { return nil }
            self.key = .rsa(key)
        default: return nil
        }
        id = text("kid")
        if let named = text("alg"), named != algorithm { return nil }
    }

    func isValid(_ signature: [UInt8], for signed: [UInt8]) -> Bool {
        switch key {
        case .ed25519(let key): return key.isValidSignature(signature, for: signed)
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: SHA256.hash(data: signed))
        case .rsa(let key):
            return key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: Data(signature)), for: SHA256.hash(data: signed),
                padding: .insecurePKCS1v1_5)
        }
    }
}

/// Base64 as tokens have it (RFC 4648, section 5): no padding, nothing else.
enum Base64URL {
    /// `nil` where a character is not of it, or bits are left that are not zero.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, count): (UInt32, Int) = (0, 0)
        for character in text.utf8 {
            let value: UInt8
            switch character {
            case 0x41...0x5A: value = character - 0x41
            case 0x61...0x7A: value = character - 0x61 + 26
            case 0x30...0x39: value = character - 0x30 + 52
            case 0x2D: value = 62
            case 0x5F: value = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= (1 << UInt32(count)) - 1
            }
        }
        return count < 6 && bits == 0 ? bytes : nil
    }
}
