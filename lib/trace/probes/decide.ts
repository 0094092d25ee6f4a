/** Questions that evidence decides, by rules; and the count of what decided them. */

/** What is taken to be so. */
export interface Conclusion {
  readonly because: string
  /**
   * A capture where this decides: `NAME`; or `NAME, every Nth EVENT missing`, where EVENT may be
   * `line`; `NAME, first N lines missing`; `NAME, no context`, of lines without the columns in front.
   */
  readonly seenIn: string
}

/** Concludes something when the evidence shows it, else leaves the decision to the next rule. */
interface Rule<Evidence, Found> extends Conclusion {
  readonly find: (evidence: Evidence) => Found | undefined
}

/** The first rule that finds something decides. */
export interface Question<Evidence, Found> {
  readonly asks: string
  readonly rules: readonly Rule<Evidence, Found>[]
  /** What is concluded where no rule finds anything. */
  readonly otherwise: Conclusion
}

/** Decides questions, and counts what decided them. */
export class Decisions {
  readonly #counts = new Map<Conclusion, number>()

  decide<Evidence, Found>(question: Question<Evidence, Found>, evidence: Evidence) {
    for (const rule of question.rules) {
      const found = rule.find(evidence)
      if (found === undefined) continue
      this.note(rule)
      return found
    }
    this.note(question.otherwise)
    return undefined
  }

  /** Counts what no rule had to find. */
  note(conclusion: Conclusion): void {
    this.#counts.set(conclusion, (this.#counts.get(conclusion) ?? 0) + 1)
  }

  /** How often something was concluded. */
  of(...conclusions: readonly Conclusion[]): number {
    return conclusions.reduce((sum, one) => sum + (this.#counts.get(one) ?? 0), 0)
  }
}
