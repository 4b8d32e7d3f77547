extension Difference {
    /// Of what is kept of a former document: no value is told.
    static func version(
        _ collection: String, _ key: String, _ live: UnsafeRawBufferPointer?, _ replayed: UnsafeRawBufferPointer?
    ) -> Difference {
        var place = ""
        if let live, let replayed {
            let common = zip(live, replayed).prefix { $0 == $1 }.reduce(0) { count, _ in count + 1 }
            place = ", not the same from byte \(common) on"
        }
        return Difference(
            kind: .version, collection: collection, key: key, field: nil,
            live: live.map { "\($0.count) bytes\(place)" }, replayed: replayed.map { "\($0.count) bytes" })
    }
}
