/// Rows under headings, columns aligned.
struct Table {
    enum Alignment { case left, right }

    private let headings: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    init(_ columns: [(heading: String, alignment: Alignment)]) {
        headings = columns.map(\.heading)
        alignments = columns.map(\.alignment)
    }

    mutating func add(_ cells: String...) { rows.append(cells) }

    func print() throws {
        let widths = headings.indices.map { column in
            max(headings[column].count, rows.map { $0[column].count }.max() ?? 0)
        }
        try Console.print(Console.dim(line(headings, widths)))
        for row in rows { try Console.print(line(row, widths)) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: widths[column] - cell.count)
            if column > 0 { line += "  " }
            line += alignments[column] == .right ? padding + cell : cell + padding
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}

/// Numbers as people read them.
enum Figure {
    /// `152,823`
    static func grouped(_ number: some BinaryInteger) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// `4.2 s`, `230 ms`
    static func seconds(_ seconds: Double) -> String {
        seconds < 1 ? "\(Int((seconds * 1000).rounded())) ms" : "\((seconds * 10).rounded() / 10) s"
    }

    /// `221 MB`
    static func bytes(_ count: some BinaryInteger) -> String {
        var rest = Double(Int64(count))
        for unit in ["B", "kB", "MB", "GB"] {
            if rest < 1000 {
                return "\(rest < 10 && unit != "B" ? "\((rest * 10).rounded() / 10)" : grouped(Int(rest))) \(unit)"
            }
            rest /= 1000
        }
        return "\((rest * 10).rounded() / 10) TB"
    }
}
