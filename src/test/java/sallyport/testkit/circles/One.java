package sallyport.testkit.circles;

/** One of a circle of two; {@code ArchitectureTest}. */
final class One {
  Other other() {
    return new Other();
  }
}
