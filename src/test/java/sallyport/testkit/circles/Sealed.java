package sallyport.testkit.circles;

/** Sealed type in no circle: its own type may refer to it. */
sealed interface Sealed permits Permitted {}
