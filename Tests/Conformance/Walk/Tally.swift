/// What was checked, what was found wrong, and the list of it all.
struct Tally {
    /// `users.email required`: every rule of every field that was seen to hold.
    private(set) var rules: Set<String> = []
    private(set) var fields: Set<String> = []
    private(set) var indexes: Set<String> = []
    private(set) var counts: [String: Int] = [:]
    private(set) var failures: [String] = []
    private var lines: [(place: String, notes: [String])] = []

    /// One check that held, or did not.
    mutating func check(_ holds: Bool, _ kind: String, _ place: String, _ note: @autoclosure () -> String) {
        counts[kind, default: 0] += 1
        if !holds { failures.append("\(place), \(kind): \(note())") }
    }

    mutating func holds(_ rule: String, of place: String, _ note: String) {
        rules.insert("\(place) \(rule)")
        self.note(place, note)
    }

    mutating func note(_ place: String, _ note: String) {
        if lines.last?.place != place { lines.append((place, [])) }
        lines[lines.count - 1].notes.append(note)
    }

    mutating func visited(field place: String) { fields.insert(place) }
    mutating func visited(index place: String) { indexes.insert(place) }

    var text: String {
        let list = lines.map { "\($0.place): \($0.notes.joined(separator: "; "))" }
        let total = counts.values.reduce(0, +)
        let sums = counts.sorted { $0.key < $1.key }.map { "    \($0.value)  \($0.key)" }
        return
            (list + ["\(total) checks of \(fields.count) fields (\(rules.count) rules) and \(indexes.count) indexes:"]
            + sums)
            .joined(separator: "\n")
    }
}
