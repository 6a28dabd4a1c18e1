package sallyport.admin.access;

import java.util.Collections;
import java.util.Set;
import sallyport.config.admin.RolesConfig;
import sallyport.net.ClientIdentity;

/** Rights of operators. Pure functions. */
public final class Rights {
  /** Right to a part of the control. */
  public enum Right {
    /** To see the state. */
    READ,
    /** To give orders, and to see the state. */
    OPERATE
  }

  private Rights() {}

  /**
   * Returns whether an operator has a right. Operators without TLS have all: the configuration has
   * them on this machine alone.
   */
  public static boolean has(Operator operator, RolesConfig roles, Right right) {
    return switch (operator) {
      case Operator.Address local -> true;
      case Operator.User local -> true;
      case Operator.Anonymous remote -> false;
      case Operator.Refused remote -> false;
      case Operator.Certified(ClientIdentity identity) ->
          isOneOf(identity, roles.operate())
              || (right == Right.READ && isOneOf(identity, roles.read()));
    };
  }

  /** An empty role has no members, unlike an empty allow list. */
  private static boolean isOneOf(ClientIdentity identity, Set<String> role) {
    return !Collections.disjoint(identity.names(), role);
  }
}
