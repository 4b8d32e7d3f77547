public import BSON

/// The last record of the log.
public struct LogHead: Sendable, Hashable, CustomStringConvertible {
    /// 0: the log is empty.
    public let position: UInt64
    /// The lowest there is while the log is empty.
    public let recordedTime: DateTime
    /// ``Digest32/zero`` while the log is empty.
    public let leaf: Digest32

    public init(position: UInt64, recordedTime: DateTime, leaf: Digest32) {
        self.position = position
        self.recordedTime = recordedTime
        self.leaf = leaf
    }

    public init(_ record: Record) {
        self.init(position: record.position, recordedTime: record.recordedTime, leaf: record.leaf)
    }

    public static let empty = LogHead(position: 0, recordedTime: DateTime(milliseconds: .min), leaf: .zero)

    public var mark: HighWaterMark { HighWaterMark(position: position, leaf: leaf) }

    public var description: String { "position \(position), leaf \(leaf)" }
}
