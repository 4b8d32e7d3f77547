internal import BSON

/// Whether keys come in the order that is asked for.
extension Planner {
    struct Part {
        let name: String
        let isDescending: Bool
        let mayBeArray: Bool

        /// What every key ends in.
        static let id = Part(name: "_id", isDescending: false, mayBeArray: false)
    }

    /// Whether keys of these parts come in the order that is asked for, and in which direction.
    ///
    /// - `points`: how many values a part has, where they are single ones.
    /// - `isWithinInterval`: asks about the keys of one interval, where such a part has one value.
    func order(_ parts: [Part], points: [String: Int], isWithinInterval: Bool = false)
        -> (isSorted: Bool, isBackward: Bool)
    {
        var isBackward: Bool?
        var wanted = sort[...]
        func dropConstants() {
            while let first = wanted.first, points[first.path.name] == 1, isPlain(first.path.name) {
                wanted.removeFirst()
            }
        }
        dropConstants()
        for part in parts {
            guard let next = wanted.first else { break }
            if isWithinInterval, points[part.name] ?? 0 > 1 {
                // Its values order whole intervals, which is not what is asked for.
                if next.path.name == part.name { return (false, false) }
                continue
            }
            if next.path.name == part.name {
                let backward = next.isDescending != part.isDescending
                if part.mayBeArray || (isBackward ?? backward) != backward { return (false, false) }
                isBackward = backward
                wanted.removeFirst()
                dropConstants()
            } else if points[part.name] != 1 {
                return (false, false)
            }
        }
        return wanted.isEmpty ? (true, isBackward ?? false) : (false, false)
    }

    private func isPlain(_ name: String) -> Bool { fields.arrayPrefixes(name).isEmpty }
}
