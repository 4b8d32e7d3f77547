public import Platform

/// Which log it is.
public struct LogIdentity: Sendable, Hashable {
    /// 16 random bytes, made with the log.
    public let origin: Digest16
    /// The logs that it continues, oldest first; none, but where a log was restored to an earlier position.
    public let ancestors: [LogAncestor]

    public init(origin: Digest16, ancestors: [LogAncestor] = []) {
        self.origin = origin
        self.ancestors = ancestors
    }

    /// A log that nobody has seen before.
    public static func new(_ randomness: Randomness, continuing ancestors: [LogAncestor] = []) -> LogIdentity {
        let origin = randomness.bytes(Digest16.byteCount).withUnsafeBytes { Digest16($0) }
        return LogIdentity(origin: origin, ancestors: ancestors)
    }
}

/// A log whose first records another one has too.
public struct LogAncestor: Sendable, Hashable {
    public let origin: Digest16
    /// The last position that both have.
    public let position: UInt64
    /// The root over the records up to there.
    public let root: Digest32
    /// The name under which its checkpoints were signed; empty where that is not known.
    public let name: String

    public init(origin: Digest16, position: UInt64, root: Digest32, name: String = "") {
        self.origin = origin
        self.position = position
        self.root = root
        self.name = name
    }

    private static let fixedByteCount = Digest16.byteCount + 8 + Digest32.byteCount + 2

    /// RECORD.md: origin, position, root, byte count of the name, the name.
    func append(to bytes: inout [UInt8]) {
        let name = name.utf8.prefix(Int(UInt16.max))
        origin.append(to: &bytes)
        withUnsafeBytes(of: position.littleEndian) { bytes.append(contentsOf: $0) }
        root.append(to: &bytes)
        withUnsafeBytes(of: UInt16(name.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: name)
    }

    /// nil where the bytes are not what was appended.
    static func list(_ bytes: UnsafeRawBufferPointer) -> [LogAncestor]? {
        var list: [LogAncestor] = []
        var start = 0
        while start < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            guard rest.count >= fixedByteCount else { return nil }
            let nameCount = Int(rest.littleEndian(at: fixedByteCount - 2, as: UInt16.self))
            guard rest.count >= fixedByteCount + nameCount,
                let name = String(
                    validating: rest[fixedByteCount..<(fixedByteCount + nameCount)], as: UTF8.self)
            else { return nil }
            list.append(
                LogAncestor(
                    origin: Digest16(rest), position: rest.littleEndian(at: Digest16.byteCount),
                    root: Digest32(UnsafeRawBufferPointer(rebasing: rest[(Digest16.byteCount + 8)...])), name: name))
            start += fixedByteCount + nameCount
        }
        return list
    }
}
