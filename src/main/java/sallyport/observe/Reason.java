package sallyport.observe;

/** A bounded word that says why something failed, for metrics and logs. */
public interface Reason {
  /** Returns the word, in lower case with underscores. */
  String flag();
}
