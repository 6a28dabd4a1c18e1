package sallyport.tls.policy;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sallyport.config.tls.PolicyName;

/**
 * Versions, cipher suites and groups that TLS may negotiate: the four policies, as data, in this
 * one place.
 *
 * <p>Sources: NIST SP 800-52r2 (August 2019) sections 3.1 (versions), 3.3.1 (cipher suites) and
 * 3.4.2.2 (groups); Mozilla Server Side TLS guidelines 6.0 (April 2026), "intermediate" and
 * "modern". Of the suites that SP 800-52r2 lists, the policies take those with ephemeral elliptic
 * curve key exchange and AES-GCM: BoringSSL has no CCM, and RFC 9113 section 9.2.2 forbids CBC with
 * HTTP/2. X25519 and X25519MLKEM768 are not in SP 800-52r2; {@code nist-strict} leaves them out.
 *
 * @param versions as Netty names them, the preferred one first
 * @param suites13 for TLS 1.3, the preferred one first
 * @param suites12 for TLS 1.2, the preferred one first; empty: TLS 1.2 is not spoken
 * @param groups the preferred one first
 * @param serverPreference whether our order of TLS 1.2 suites beats the client's
 */
public record TlsPolicy(
    PolicyName name,
    List<Version> versions,
    List<Suite> suites13,
    List<Suite> suites12,
    List<Group> groups,
    boolean serverPreference) {

  /** TLS versions of the policies. */
  public enum Version {
    TLS_1_3("TLSv1.3", 0x0304),
    TLS_1_2("TLSv1.2", 0x0303);

    private final String label;
    private final int code;

    Version(String label, int code) {
      this.label = label;
      this.code = code;
    }

    /** Returns the number in messages (RFC 8446 section 4.2.1). */
    public int code() {
      return code;
    }

    /** Returns the name that Netty and the JDK use, such as {@code TLSv1.3}. */
    public String label() {
      return label;
    }
  }

  /** Cipher suites by their IANA names and numbers. */
  public enum Suite {
    TLS_AES_128_GCM_SHA256(0x1301, Auth.ANY),
    TLS_AES_256_GCM_SHA384(0x1302, Auth.ANY),
    TLS_CHACHA20_POLY1305_SHA256(0x1303, Auth.ANY),
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256(0xc02b, Auth.ECDSA),
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384(0xc02c, Auth.ECDSA),
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256(0xc02f, Auth.RSA),
    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384(0xc030, Auth.RSA),
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256(0xcca9, Auth.ECDSA),
    TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256(0xcca8, Auth.RSA);

    private final int code;
    private final Auth auth;

    Suite(int code, Auth auth) {
      this.code = code;
      this.auth = auth;
    }

    /** Returns the number in messages (RFC 8446 appendix B.4). */
    public int code() {
      return code;
    }

    /** Returns the kind of certificate that it needs. */
    public Auth auth() {
      return auth;
    }
  }

  /** Kind of certificate that a suite needs; TLS 1.3 suites need no particular one. */
  public enum Auth {
    ANY,
    ECDSA,
    RSA
  }

  /** Key exchange groups by BoringSSL's names and IANA numbers. */
  public enum Group {
    X25519MLKEM768("X25519MLKEM768", 0x11ec),
    X25519("X25519", 0x001d),
    P_256("P-256", 0x0017),
    P_384("P-384", 0x0018);

    private final String label;
    private final int code;

    Group(String label, int code) {
      this.label = label;
      this.code = code;
    }

    /** Returns the number in messages (RFC 8446 section 4.2.7). */
    public int code() {
      return code;
    }

    /** Returns the name that BoringSSL uses, such as {@code P-256}. */
    public String label() {
      return label;
    }
  }

  private static final List<Suite> GCM_13 =
      List.of(Suite.TLS_AES_128_GCM_SHA256, Suite.TLS_AES_256_GCM_SHA384);

  private static final List<Suite> GCM_12 =
      List.of(
          Suite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
          Suite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
          Suite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
          Suite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384);

  private static final List<Suite> MOZILLA_13 =
      List.of(
          Suite.TLS_AES_128_GCM_SHA256,
          Suite.TLS_AES_256_GCM_SHA384,
          Suite.TLS_CHACHA20_POLY1305_SHA256);

  private static final List<Suite> MOZILLA_12 =
      List.of(
          Suite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
          Suite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
          Suite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
          Suite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
          Suite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
          Suite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256);

  private static final List<Group> ALL_GROUPS =
      List.of(Group.X25519MLKEM768, Group.X25519, Group.P_256, Group.P_384);

  private static final List<Version> BOTH = List.of(Version.TLS_1_3, Version.TLS_1_2);

  private static final Map<PolicyName, TlsPolicy> POLICIES = new EnumMap<>(PolicyName.class);

  static {
    add(new TlsPolicy(PolicyName.APPROVED, BOTH, GCM_13, GCM_12, ALL_GROUPS, true));
    add(
        new TlsPolicy(
            PolicyName.NIST_STRICT, BOTH, GCM_13, GCM_12, List.of(Group.P_256, Group.P_384), true));
    // Mozilla lets the client choose: one without AES hardware does better with ChaCha20.
    add(
        new TlsPolicy(
            PolicyName.MOZILLA_INTERMEDIATE, BOTH, MOZILLA_13, MOZILLA_12, ALL_GROUPS, false));
    add(
        new TlsPolicy(
            PolicyName.MOZILLA_MODERN,
            List.of(Version.TLS_1_3),
            MOZILLA_13,
            List.of(),
            ALL_GROUPS,
            false));
  }

  private static void add(TlsPolicy policy) {
    POLICIES.put(policy.name(), policy);
  }

  /** Returns the policy of this name. */
  public static TlsPolicy of(PolicyName name) {
    return Objects.requireNonNull(POLICIES.get(name));
  }

  public boolean speaks(Version version) {
    return versions.contains(version);
  }

  List<String> versionLabels() {
    return versions.stream().map(Version::label).toList();
  }

  List<String> suiteNames() {
    return Stream.concat(suites13.stream(), suites12.stream()).map(Suite::name).toList();
  }

  String[] groupLabels() {
    return groups.stream().map(Group::label).toArray(String[]::new);
  }

  /**
   * Compares the outcome of a handshake with the policy. BoringSSL chooses TLS 1.3 suites without
   * regard to the configured ones. The group may be unknown only where a session was resumed.
   *
   * @return null when the policy allows it; else what it does not allow, for people
   */
  public @Nullable String violation(Negotiated negotiated) {
    if (versions.stream().noneMatch(v -> v.label.equals(negotiated.version()))) {
      return "version " + negotiated.version();
    }
    if (!suiteNames().contains(negotiated.cipher())) {
      return "cipher suite " + negotiated.cipher();
    }
    return groupViolation(negotiated);
  }

  /** Compares the group alone; returns null where the policy allows it. */
  @Nullable String groupViolation(Negotiated negotiated) {
    String group = negotiated.group();
    boolean allowed =
        group.isEmpty()
            ? negotiated.resumed()
            : groups.stream().anyMatch(g -> g.label.equals(group));
    return allowed ? null : "group " + (group.isEmpty() ? "unknown" : group);
  }

  /** Returns the policy's configuration name, such as {@code nist-strict}. */
  public String label() {
    return name.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
