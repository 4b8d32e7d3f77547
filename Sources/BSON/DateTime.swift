/// A moment in UTC, in milliseconds since 1970.
@frozen public struct DateTime: Hashable, Comparable, Sendable {
    public let milliseconds: Int64

    @inlinable public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    @inlinable public static func < (left: DateTime, right: DateTime) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// Whole days since 1970-01-01, rounded down.
    var day: Int64 {
        let quotient = milliseconds / 86_400_000
        return milliseconds % 86_400_000 < 0 ? quotient - 1 : quotient
    }

    /// Milliseconds since midnight.
    var millisecondOfDay: Int64 { milliseconds &- day &* 86_400_000 }
}
