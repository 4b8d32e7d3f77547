internal import BSON
internal import Schema

extension Planner {
    func indexPlans() -> [Plan] {
        model.indexes.indices.compactMap { ordinal in
            guard isComplete(model.indexes[ordinal]) else { return nil }
            let plan = indexPlan(ordinal)
            return plan.score > 0 ? plan : nil
        }
    }

    /// A walk over the index: parts are bound from the first on, one by one while each has single values, and one more
    /// by stretches.
    func indexPlan(_ ordinal: Int) -> Plan {
        let index = model.indexes[ordinal]
        var prefixes: [[UInt8]] = [[]]
        var intervals: [KeyInterval]?
        var points: [String: Int] = [:]
        var used = 0
        var plan = Plan(access: .index(ordinal, []))
        var isExact = true
        var bound = BoundArrays()
        for (place, part) in index.parts.enumerated() {
            let arrays = fields.arrayPrefixes(part.name)
            let form = Constraint.PartForm(
                isDescending: part.isDescending, limit: index.pattern.componentLimit, mayBeArray: !arrays.isEmpty)
            let found = intervals == nil && place == points.count ? bounds(part.name, arrays, form, bound) : nil
            let isSingle = found?.bounds.isPoints == true && found?.bounds.stretches.count == 1
            if !arrays.isEmpty, !isSingle { plan.mayRepeat = true }
            guard let found, prefixes.count * max(1, found.bounds.stretches.count) <= Self.maxIntervals else {
                continue
            }
            plan.bounds.append(found.bounds)
            bound.formUnion(arrays, found.element)
            used += found.count
            isExact = isExact && found.bounds.isExact
            if found.bounds.isPoints {
                let keys = found.bounds.stretches.map(\.interval.lower)
                prefixes = prefixes.flatMap { prefix in keys.map { prefix + $0 } }
                points[part.name] = keys.count
                plan.score += keys.count == 1 ? 10 : 8
            } else {
                intervals = prefixes.flatMap { prefix in
                    found.bounds.stretches.map { $0.interval.prefixed(by: prefix) }
                }
                plan.score += 5
            }
        }
        if index.isUnique, points.count == index.parts.count { plan.score += 20 }
        plan.access = .index(ordinal, intervals ?? prefixes.map { KeyInterval.starting(with: $0) })
        plan.isExact = isExact && exactCount == used
        plan.constantParts = index.parts.prefix { points[$0.name] == 1 }.count
        setOrder(&plan, index, points)
        if plan.isSorted, !sort.isEmpty { plan.score += 6 }
        // Of two that bind as much, the one with less behind it.
        plan.score = plan.score == 0 ? 0 : plan.score * 16 - index.parts.count
        return plan
    }

    private func setOrder(_ plan: inout Plan, _ index: Index, _ points: [String: Int]) {
        let parts = index.parts.map { part in
            Part(
                name: part.name, isDescending: part.isDescending,
                mayBeArray: !fields.arrayPrefixes(part.name).isEmpty)
        }
        (plan.isSorted, plan.isBackward) = order(parts + [Part.id], points: points)
        guard !plan.isSorted, !plan.mayRepeat else { return }
        // Within one interval each part that has single values is constant.
        let (isSorted, isBackward) = order(parts + [Part.id], points: points, isWithinInterval: true)
        if isSorted {
            plan.isSortedByInterval = true
            plan.isBackward = isBackward
            plan.constantParts = index.parts.prefix { points[$0.name] != nil }.count
        }
    }

    /// Arrays that bound parts lead through: another part may be bound by the same element alone.
    private struct BoundArrays {
        var paths: Set<String> = []
        var element: Constraint.Element?

        mutating func formUnion(_ arrays: [String], _ element: Constraint.Element?) {
            if arrays.isEmpty { return }
            paths.formUnion(arrays)
            self.element = element
        }
    }

    /// What the filter leaves of a part, by how many of its constraints; `nil` where it says nothing of use.
    private func bounds(_ name: String, _ arrays: [String], _ form: Constraint.PartForm, _ bound: BoundArrays)
        -> (bounds: Bounds, count: Int, element: Constraint.Element?)?
    {
        let all = (constraints[name] ?? []).compactMap { constraint in
            constraint.bounds(form).map { (bounds: $0, element: constraint.element) }
        }
        if arrays.isEmpty {
            guard var common = all.first?.bounds else { return nil }
            for other in all.dropFirst() { common = common.intersection(other.bounds) }
            return (common, all.count, nil)
        }
        // Demands that one element fulfils, where no other array is on the way.
        func together(_ element: Constraint.Element) -> Bounds? {
            guard arrays == [element.array] else { return nil }
            let same = all.filter { $0.element == element }.map(\.bounds)
            return same.dropFirst().reduce(same.first) { $0?.intersection($1) }
        }
        if !bound.paths.isDisjoint(with: arrays) {
            guard let element = bound.element, let bounds = together(element) else { return nil }
            return (bounds, 1, element)
        }
        // Of an array one element may fulfil one demand and another the other, so one demand it is.
        let choices = all.map { choice in
            choice.element.flatMap { element in together(element).map { ($0, element) } } ?? (choice.bounds, nil)
        }
        let best = choices.min { left, right in Self.rank(left.0) < Self.rank(right.0) }
        return best.map { ($0.0, 1, $0.1) }
    }

    /// Fewer values before more, values before stretches.
    private static func rank(_ bounds: Bounds) -> Int {
        bounds.isPoints ? bounds.stretches.count : Self.maxIntervals + bounds.stretches.count
    }
}
