package sallyport.credentials.sources;

/** File that cannot be used. The message says why and what to do, never what is in it. */
public sealed class UnusableFile extends Exception permits UnansweredSource {
  private static final long serialVersionUID = 1L;

  /** The message is for people. */
  public UnusableFile(String message) {
    super(message);
  }
}
