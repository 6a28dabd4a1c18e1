package sallyport.comply.checklist.control;

import sallyport.config.problem.ConfigLocation;

/**
 * One observation.
 *
 * @param where the place of the configuration that it comes from
 * @param unmet whether it shows that the control is not met, though it may not fail it
 */
public record Evidence(Status status, ConfigLocation where, String text, boolean unmet) {
  /** {@code FILE:LINE: path: text}. */
  @Override
  public String toString() {
    return where.problem(text);
  }
}
