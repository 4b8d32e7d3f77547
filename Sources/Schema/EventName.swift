internal import Synchronization

/// The type of an event, such as `message.sent`: interned, so that a projector's switch compares integers.
public struct EventName: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// Small and dense within one process; never stored.
    public let ordinal: Int

    private static let names = Mutex<(byText: [String: Int], texts: [String])>(([:], []))

    /// The name for `text`, interned for the life of the process: for declarations, not for text from outside.
    public init(_ text: String) {
        ordinal = Self.names.withLock { table in
            if let known = table.byText[text] { return known }
            table.byText[text] = table.texts.count
            table.texts.append(text)
            return table.texts.count - 1
        }
    }

    public init(stringLiteral value: String) { self.init(value) }

    public var description: String { Self.names.withLock { $0.texts[ordinal] } }

    /// The entity before the dot: `message` of `message.sent`.
    public var entity: String { String(description.prefix { $0 != "." }) }

    @inlinable public static func ~= (pattern: Self, value: Self) -> Bool { pattern.ordinal == value.ordinal }
    @inlinable public static func == (a: Self, b: Self) -> Bool { a.ordinal == b.ordinal }
}
