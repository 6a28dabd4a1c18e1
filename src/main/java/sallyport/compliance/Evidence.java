package sallyport.compliance;

import sallyport.config.ConfigLocation;

/**
 * One thing that was seen.
 *
 * @param where the place of the configuration that it comes from
 */
public record Evidence(Status status, ConfigLocation where, String text) {
  /** {@code FILE:LINE: path: text}. */
  @Override
  public String toString() {
    return where.problem(text);
  }
}
