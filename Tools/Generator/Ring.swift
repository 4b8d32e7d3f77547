/// The newest entries of a kind: a full ring forgets its oldest entry for each new one, so memory stays bounded.
struct Ring<Entry: RingEntry> {
    private var entries: [Entry] = []
    private let capacity: Int
    private var nextIndex = 0

    var count: Int { entries.count }

    init(capacity: Int) {
        self.capacity = capacity
    }

    subscript(index: Int) -> Entry {
        _read { yield entries[index] }
        _modify { yield &entries[index] }
    }

    /// The entry that the next one takes the place of.
    var oldest: Entry? { nextIndex < entries.count ? entries[nextIndex] : nil }

    /// Returns the index the entry got.
    mutating func insert(_ entry: Entry) -> Int {
        let index = nextIndex
        if index < entries.count {
            entries[index] = entry
        } else {
            entries.append(entry)
        }
        nextIndex = index + 1 == capacity ? 0 : index + 1
        return index
    }

    /// Sets a flag of whatever belongs to a user, who may be gone.
    mutating func insert(_ flag: Flags, ofOwner serial: UInt32) {
        for index in entries.indices where entries[index].owner.serial == serial {
            entries[index].flags.insert(flag)
        }
    }

    /// An index by popularity: half by how new the entry is, a third by a lasting fame (low indexes), the rest uniform.
    func draw(_ random: inout SplitMix64) -> Int {
        switch random.below(6) {
        case 0, 1, 2:
            let index = nextIndex - 1 - random.rank(below: entries.count)
            return index < 0 ? index + entries.count : index
        case 3, 4:
            return random.rank(below: entries.count)
        default:
            return random.below(entries.count)
        }
    }

    /// An entry whose flags under `mask` are `value` and whose owner (where `owned`) is active; nil when a look at a
    /// bounded number of entries finds none.
    func pick(
        mask: Flags, value: Flags, owned: Bool = true, people: [Person], _ random: inout SplitMix64
    ) -> Int? {
        guard count > 0 else { return nil }
        for _ in 0..<6 {
            let index = draw(&random)
            if accepts(index, mask, value, owned, people) { return index }
        }
        var index = random.below(count)
        for _ in 0..<Swift.min(count, 96) {
            if accepts(index, mask, value, owned, people) { return index }
            index = index + 1 == count ? 0 : index + 1
        }
        return nil
    }

    private func accepts(_ index: Int, _ mask: Flags, _ value: Flags, _ owned: Bool, _ people: [Person]) -> Bool {
        guard entries[index].flags.intersection(mask) == value else { return false }
        return !owned || entries[index].owner.isActive(in: people)
    }
}

/// What a ring must know of an entry to pick it.
protocol RingEntry {
    /// The state the entry is in, and its properties.
    var flags: Flags { get set }
    /// The user it belongs to.
    var owner: PersonReference { get }
}

/// States and properties of entries. One set of names for all kinds: a bit may mean different things to different
/// kinds.
struct Flags: OptionSet {
    let rawValue: UInt16

    static let active = Flags(rawValue: 1)  // session, comment, canvas project
    static let ended = Flags(rawValue: 2)
    static let archived = Flags(rawValue: 4)  // session, post, canvas project
    static let restored = Flags(rawValue: 8)
    static let described = Flags(rawValue: 16)  // session, experiment, canvas project: has a description
    static let tagged = Flags(rawValue: 32)

    static let draft = Flags(rawValue: 1)  // post
    static let published = Flags(rawValue: 2)
    static let deleted = Flags(rawValue: 8)  // post, comment, canvas project
    static let pinned = Flags(rawValue: 64)
    static let featured = Flags(rawValue: 128)

    static let hidden = Flags(rawValue: 2)  // comment
    static let replied = Flags(rawValue: 64)

    static let pending = Flags(rawValue: 1)  // transaction, experiment
    static let completed = Flags(rawValue: 2)
    static let failed = Flags(rawValue: 4)
    static let cancelled = Flags(rawValue: 8)
    static let running = Flags(rawValue: 8)
    static let noted = Flags(rawValue: 64)

    static let shared = Flags(rawValue: 32)  // canvas project: has collaborators
    static let filed = Flags(rawValue: 64)  // canvas project: has files
    // A job is active, or ended. An application is a draft, or:
    static let submitted = Flags(rawValue: 2)
    static let underReview = Flags(rawValue: 4)
    static let interviewing = Flags(rawValue: 8)
    static let offered = Flags(rawValue: 16)
    static let hired = Flags(rawValue: 32)
    static let rejected = Flags(rawValue: 64)
    static let withdrawn = Flags(rawValue: 128)
    static let hasPortfolio = Flags(rawValue: 256)
    static let scheduled = Flags(rawValue: 1)  // webinar; also completed, cancelled
    static let occupied = Flags(rawValue: 16)  // webinar: has registrations
    static let full = Flags(rawValue: 32)

    static let confirmed = Flags(rawValue: 2)  // registration; also pending, cancelled
    static let attended = Flags(rawValue: 4)
    static let missed = Flags(rawValue: 16)
    static let opened = Flags(rawValue: 1)  // contact, ticket
    static let working = Flags(rawValue: 2)
    static let waiting = Flags(rawValue: 4)
    static let resolved = Flags(rawValue: 8)
    static let closed = Flags(rawValue: 16)
    static let assigned = Flags(rawValue: 32)
    /// What is known of its person was erased: contact, ticket, application, registration.
    static let erased = Flags(rawValue: 512)

    static let held = Flags(rawValue: 128)  // transaction
}
