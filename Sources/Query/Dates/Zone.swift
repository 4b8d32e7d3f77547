internal import Synchronization

/// A time zone: how far local time is from UTC at each moment.
enum Zone: Sendable {
    /// Seconds east of UTC.
    case fixed(Int64)
    case named(ZoneFile)

    static let utc = Zone.fixed(0)

    /// - `utc`: seconds since 1970.
    func offset(at utc: Int64) -> Int64 {
        switch self {
        case .fixed(let seconds): seconds
        case .named(let file): file.offset(at: utc)
        }
    }

    /// The moment at which clocks show a local time: of two the first, and where they skip it, as far past the gap.
    func utc(ofLocal local: Int64) -> Int64 {
        let before = offset(at: local &- 86_400)
        let first = local &- before
        let after = offset(at: local &+ 86_400)
        if before == after || offset(at: first) == before { return first }
        let second = local &- after
        return offset(at: second) == after ? second : first
    }

    private static let known = Mutex<[String: Zone]>([:])

    /// Of `UTC`, an Olson name such as `Europe/Berlin`, or an offset such as `+05:30`, `-0430`, `+03`.
    init?(named name: String) {
        if name == "UTC" || name == "GMT" || name == "Z" {
            self = .utc
            return
        }
        if let first = name.utf8.first, first == UInt8(ascii: "+") || first == UInt8(ascii: "-") {
            guard let seconds = Self.offset(name) else { return nil }
            self = .fixed(seconds)
            return
        }
        if let zone = Self.known.withLock({ $0[name] }) {
            self = zone
            return
        }
        guard let file = ZoneFile(named: name) else { return nil }
        let zone = Zone.named(file)
        Self.known.withLock { $0[name] = zone }
        self = zone
    }

    private static func offset(_ text: String) -> Int64? {
        let digits = Array(text.utf8.dropFirst())
        guard digits.allSatisfy({ (0x30...0x3A).contains($0) }) else { return nil }
        let number = digits.filter { $0 != 0x3A }.map { Int64($0) - 0x30 }
        let hasColon = digits.count == 5 && digits[2] == 0x3A
        guard digits.count == 2 || digits.count == 4 || hasColon, number.count == (digits.count == 2 ? 2 : 4) else {
            return nil
        }
        let hours = number[0] * 10 + number[1]
        let minutes = number.count == 4 ? number[2] * 10 + number[3] : 0
        guard minutes < 60 else { return nil }
        return (hours * 60 + minutes) * (text.hasPrefix("-") ? -60 : 60)
    }
}
