import Foundation

/// The event names that `events.md` gives: the first column of its tables, or the sentence where an area has no table.
struct EventTables {
    /// In the order of the page.
    private(set) var events: [String] = []
    /// The page's list of collections: number and streams, by name.
    private(set) var collections: [String: (number: Int, streams: [String])] = [:]

    init() throws {
        let page = try String(contentsOf: Seed.events, encoding: .utf8)
        for section in page.components(separatedBy: "\n## ").dropFirst() {
            let lines = section.components(separatedBy: "\n")
            if lines[0].hasPrefix("The 29 collections") {
                try readCollections(lines)
            } else if lines[0].contains(" → ") {
                try readArea(lines)
            }
        }
    }

    private mutating func readArea(_ lines: [String]) throws {
        let rows = lines.map(Self.cells).filter { $0.count > 1 }
        guard rows.isEmpty else {
            for row in rows where row[0] != "event" && !row[0].hasPrefix("--") { try readNames(row[0]) }
            return
        }
        let sentence = lines.dropFirst().joined(separator: " ").replacing(/\([^)]*\)/, with: "")
        try readNames(sentence.components(separatedBy: " → ")[0])
    }

    /// `session.changed · .ended (why)`: a name without an entity has the one before it.
    private mutating func readNames(_ cell: String) throws {
        var entity = ""
        for part in cell.replacing(/\([^)]*\)/, with: "").components(separatedBy: "·") {
            guard let match = part.trimmingCharacters(in: .whitespaces).wholeMatch(of: /(\w*)\.(\w+)/) else {
                throw Seed.Unreadable(description: "events.md: no event name: \(part) in \(cell)")
            }
            if !match.1.isEmpty { entity = String(match.1) }
            events.append("\(entity).\(match.2)")
        }
    }

    /// Two collections stand side by side in a row.
    private mutating func readCollections(_ lines: [String]) throws {
        for row in lines.map(Self.cells) where row.count == 7 {
            for start in [0, 4] {
                guard let number = Int(row[start]) else { continue }
                let streams = row[start + 2].components(separatedBy: " or ")
                collections[row[start + 1]] = (number, streams)
            }
        }
    }

    private static func cells(_ line: String) -> [String] {
        guard line.hasPrefix("|") else { return [] }
        return line.dropFirst().dropLast().components(separatedBy: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
