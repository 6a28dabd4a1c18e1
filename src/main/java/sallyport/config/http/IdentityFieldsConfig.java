package sallyport.config.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import sallyport.config.http.IdentityField.Kind;

/**
 * Settings of the {@link IdentityField}s that clients of a listener may send.
 *
 * @param user who may say which user has been authenticated
 * @param more names that do not pass either, lower case, as in the table
 * @param keep names of the table's routing kind that pass nevertheless, lower case
 */
public record IdentityFieldsConfig(User user, Set<String> more, Set<String> keep) {
  /** Nothing that is in the table. */
  public static final IdentityFieldsConfig STRICT =
      new IdentityFieldsConfig(User.DROP, Set.of(), Set.of());

  /** Senders that may send fields that name a user. */
  public enum User {
    /** No client. */
    DROP,
    /** Trusted proxies. */
    TRUSTED,
    /** Every client. */
    PASS
  }

  /**
   * The names that are dropped from requests.
   *
   * @param trusted whether of trusted proxies, else of all others
   */
  public List<String> dropped(boolean trusted) {
    List<String> names = new ArrayList<>(more);
    names.addAll(ofTable(trusted, /* passing= */ false));
    return names;
  }

  /** The names of the table that pass, though another one that is dropped may stand for them. */
  public List<String> passing(boolean trusted) {
    return ofTable(trusted, /* passing= */ true).stream()
        .filter(name -> !more.contains(name))
        .toList();
  }

  private List<String> ofTable(boolean trusted, boolean passing) {
    return IdentityField.TABLE.stream()
        .filter(field -> passes(field, trusted) == passing)
        .map(IdentityField::name)
        .toList();
  }

  private boolean passes(IdentityField field, boolean trusted) {
    return switch (field.kind()) {
      // The gateway has verified the client's certificate, and says so in fields of its own.
      case CERTIFICATE -> false;
      case ADDRESS, FORWARDING -> trusted;
      case ROUTING -> keep.contains(field.name());
      case USER -> user == User.PASS || (user == User.TRUSTED && trusted);
    };
  }

  /** The names that {@link #keep} may have. */
  public static List<String> keepable() {
    return IdentityField.TABLE.stream()
        .filter(field -> field.kind() == Kind.ROUTING)
        .map(IdentityField::name)
        .toList();
  }
}
