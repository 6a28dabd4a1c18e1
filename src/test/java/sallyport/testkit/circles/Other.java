package sallyport.testkit.circles;

/** The other of a circle of two. */
final class Other {
  /** Counts as its outer class. */
  static final class Nested {
    One one() {
      return new One();
    }
  }
}
