internal import BSON

/// Base64 with padding, as text (RFC 4648 section 4).
enum Base64Text {
    static func string(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        bytes.withUnsafeBytes { Base64.encode($0, into: &text) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Strict: nil unless `text` is what ``string(_:)`` gives.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        Array(text.utf8).withUnsafeBytes { Base64.decode($0) }
    }
}
