package sallyport.values;

/** Rules for host names that hold for every protocol. */
public final class HostNames {
  private HostNames() {}

  /**
   * Returns the name without the dot of the root: {@code a.test.} and {@code a.test} are one name
   * (RFC 1034 section 3.1).
   */
  public static String withoutRoot(String name) {
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }
}
