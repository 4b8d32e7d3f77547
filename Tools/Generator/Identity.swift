/// Makes identifiers from serial numbers: the same seed and serial give the same identifier, and no two are equal.
struct Identity {
    let seed: UInt64
    private let salt: UInt64

    /// The kinds of documents whose `_id` the generator gives.
    enum Machine: UInt64 {
        case user = 1, agent, subscription, review, toolUse, personalization
    }

    init(seed: UInt64) {
        self.seed = seed
        salt = SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
    }

    /// Sixteen hex digits of a business id; `series` keeps the kinds of entities apart.
    func number(_ serial: UInt32, series: UInt64) -> UInt64 {
        SplitMix64.mix(salt &+ series << 32 &+ UInt64(serial))
    }

    /// An ObjectId as MongoDB makes it: seconds, machine, counter.
    func add(_ machine: Machine, seconds: UInt32, serial: UInt32, to line: inout Line) {
        let bits = SplitMix64.mix(salt ^ machine.rawValue)
        line.add(hex: seconds)
        line.add(hex: UInt32(truncatingIfNeeded: bits))
        line.add(hex: UInt32(truncatingIfNeeded: bits >> 32) & 0xFF, digits: 2)
        line.add(hex: serial & 0xFF_FFFF, digits: 6)
    }

    /// Three base-36 digits that tell the users of one seed from those of another.
    func addSuffix(to line: inout Line) {
        line.add(base36: UInt32(1296 + salt % 45_360))
    }

    func addEventID(_ number: Int, to line: inout Line) {
        let high = SplitMix64.mix(salt &+ UInt64(number))
        let low = SplitMix64.mix(high ^ salt)
        line.add(hex: UInt32(truncatingIfNeeded: high >> 32))
        line.add("-")
        line.add(hex: UInt32(truncatingIfNeeded: high >> 16) & 0xFFFF, digits: 4)
        line.add("-8")
        line.add(hex: UInt32(truncatingIfNeeded: high) & 0xFFF, digits: 3)
        line.add("-a")
        line.add(hex: UInt32(truncatingIfNeeded: low >> 48) & 0xFFF, digits: 3)
        line.add("-")
        line.add(hex: UInt32(truncatingIfNeeded: low >> 32) & 0xFFFF, digits: 4)
        line.add(hex: UInt32(truncatingIfNeeded: low))
    }
}

/// The last serial number given, by kind. Serials start at 1 and are never given twice.
struct Serials {
    var user: UInt32 = 0
    var agent: UInt32 = 0
    var subscription: UInt32 = 0
    var session: UInt32 = 0
    var message: UInt32 = 0
    var post: UInt32 = 0
    var comment: UInt32 = 0
    var transaction: UInt32 = 0
    var experiment: UInt32 = 0
    var refund: UInt32 = 0
    var project: UInt32 = 0
    var job: UInt32 = 0
    var application: UInt32 = 0
    var webinar: UInt32 = 0
    var registration: UInt32 = 0
    var review: UInt32 = 0
    var contact: UInt32 = 0
    var ticket: UInt32 = 0
    var response: UInt32 = 0
    var file: UInt32 = 0
    var visit: UInt32 = 0
    var toolUse: UInt32 = 0
    var personalization: UInt32 = 0

    static func next(_ serial: inout UInt32) -> UInt32 {
        serial &+= 1
        return serial
    }
}
