import { StaffSignIn } from "@/components/staff/staff-sign-in";

export default function SignIn() {
  return <StaffSignIn role="rider" home="/ride" title="ShopSmart Rider" />;
}
