import Foundation

/// Where a byte is changed.
enum Place: String, CaseIterable {
    case log, views, backup, export, notes, proofs

    /// Of a hundred changes.
    var share: Int {
        switch self {
        case .log: 28
        case .views: 34
        case .backup: 14
        case .export: 8
        case .notes: 8
        case .proofs: 8
        }
    }

    /// Its files, below the site's directory. A backup's lock has no content.
    func files(_ site: Site) throws -> [String] {
        func below(_ directory: String, where isOne: (String) -> Bool = { _ in true }) throws -> [String] {
            try FileManager.default.subpathsOfDirectory(atPath: site.path(directory)).sorted()
                .map { directory + "/" + $0 }
                .filter { name in
                    var isDirectory: ObjCBool = false
                    return FileManager.default.fileExists(atPath: site.path(name), isDirectory: &isDirectory)
                        && !isDirectory.boolValue && isOne(name)
                }
        }
        return switch self {
        case .log: ["store/log/data.mdb"]
        case .views: ["store/views/data.mdb"]
        case .backup: try below("backup") { $0 != "backup/LOCK" }
        case .export: ["export"]
        case .notes: try below("store/checkpoints")
        case .proofs: try below("proofs") { $0.hasSuffix(".json") }
        }
    }
}

/// One byte that becomes another one, by seed and number alone.
struct Change {
    let number: Int
    let place: Place
    let file: String
    let offset: Int
    let mask: UInt8

    init(_ number: Int, seed: UInt64, _ site: Site) throws {
        var random = SplitMix64(state: seed ^ (UInt64(number) &* 0x9e37_79b9_7f4a_7c15))
        _ = random.next()
        self.number = number
        var turn = Int.random(in: 0..<Place.allCases.reduce(0) { $0 + $1.share }, using: &random)
        var place = Place.log
        for candidate in Place.allCases {
            place = candidate
            if turn < candidate.share { break }
            turn -= candidate.share
        }
        self.place = place
        let files = site.files[place] ?? []
        guard let file = files.randomElement(using: &random) else { throw Failed("no file of \(place.rawValue)") }
        self.file = file.name
        offset = Int.random(in: 0..<file.byteCount, using: &random)
        mask = UInt8.random(in: 1...255, using: &random)
    }

    /// Once makes it, twice takes it back.
    func apply(_ site: Site) throws {
        let descriptor = open(site.path(file), O_RDWR)
        guard descriptor >= 0 else { throw Failed("\(file) cannot be opened") }
        defer { close(descriptor) }
        var byte: UInt8 = 0
        guard pread(descriptor, &byte, 1, off_t(offset)) == 1 else { throw Failed("\(file) cannot be read") }
        byte ^= mask
        guard pwrite(descriptor, &byte, 1, off_t(offset)) == 1 else { throw Failed("\(file) cannot be written") }
    }
}

extension Change: CustomStringConvertible {
    var description: String { "\(number) \(file) byte \(offset) by \(mask)" }
}

struct Failed: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
