package sallyport.testkit.circles;

/** Permitted type of {@link Sealed}. */
record Permitted(Sealed inner) implements Sealed {}
